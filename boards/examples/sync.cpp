// SPDX-License-Identifier: MIT
// The same in C++11: FLUXVISION_USER=me FLUXVISION_PASSWORD=secret sync ENDPOINT CA_FILE SCOPE DIR
#include <fluxvision.h>
#include <port/posix/posix.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

template <typename T> using Closed = std::unique_ptr<T, void (*)(T *)>;

static void on_file(void *, const fv_file *file)
{
    std::cout << std::string(file->path.ptr, file->path.len) << (file->fault != nullptr ? ": failed\n" : "\n");
}

static void on_progress(void *, const fv_progress *progress)
{
    std::cerr << progress->files_done << " files, " << progress->bytes << " bytes\r";
}

int main(int argc, char **argv)
{
    fv_posix machine;
    fv_posix_storage dir;
    fv_posix_reader ca;
    if (argc != 5 || fv_posix_signals_install() != FV_OK) {
        std::cerr << "usage: sync ENDPOINT CA_FILE SCOPE DIR\n";
        return 2;
    }
    if (fv_posix_reader_open(&ca, argv[2]) != FV_OK) {
        std::cerr << argv[2] << ": " << std::strerror(ca.error) << '\n';
        return 2;
    }
    Closed<fv_posix_reader> close_ca(&ca, fv_posix_reader_close);
    const fv_err unusable = fv_posix_storage_open(&dir, argv[4], true);
    if (unusable != FV_OK) {
        std::cerr << argv[4] << ": " << std::strerror(dir.error) << '\n';
        return fv_err_exit(unusable);
    }
    Closed<fv_posix_storage> close_dir(&dir, fv_posix_storage_close);
    fv_posix_init(&machine);
    fv_settings settings;
    fv_settings_init(&settings);
    settings.endpoint = fv_slice_of(argv[1]);
    settings.user = fv_slice_of(std::getenv("FLUXVISION_USER"));
    settings.password = fv_slice_of(std::getenv("FLUXVISION_PASSWORD"));
    settings.ca_ctx = &ca;
    settings.ca_read = fv_posix_reader_read;
    settings.ca_name = fv_slice_of(argv[2]);
    fv_port port{};
    port.net = &machine.net;
    port.storage = &dir.port;
    port.clock = &machine.clock;
    port.entropy = &machine.entropy;
    fv_events events{};
    events.file = on_file;
    events.progress = on_progress;

    // The memory is zero, as the system gives it: the client does not touch what it need not.
    const std::size_t size = fv_client_size(settings.jobs);
    Closed<void> memory(std::calloc(1, size), std::free);
    fv_client *opened = nullptr;
    fv_err err = memory ? fv_client_open(memory.get(), size, &port, &settings, &events, &opened) : FV_E_MEMORY;
    if (opened == nullptr) {
        return fv_err_exit(err);
    }
    Closed<fv_client> client(opened, fv_client_close); // also after an error: it may hold the password
    if (err == FV_OK) {
        err = fv_sync(opened, fv_slice_of(argv[3]));
    }
    std::cerr << (err == FV_OK ? argv[3] : fv_client_fault(opened)->subject) << ": " << fv_err_text(err) << '\n';
    return fv_client_exit(opened, err);
}
