# SPDX-License-Identifier: MIT
"""The library as another program uses it: in C and C++, beside another mbedTLS, from CMake and meson."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import LIMIT_S, files_below
from server import PASSWORD, USER

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLIC = re.search(r"^PUBLIC := (.*)", (ROOT / "src/sources.mk").read_text(encoding="utf-8"), flags=re.M)[1].split()
EXAMPLES = ROOT / "boards/examples"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wundef", "-Werror"]
WHY = "built_with_other_capacities"

pytestmark = pytest.mark.plain


def run(*args, **how):
    done = subprocess.run([str(arg) for arg in args], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **how)
    assert done.returncode == 0, f"{args}\n{done.stdout}"
    return done.stdout


def fails(*args, **how):
    """Run what must fail; what it says."""
    done = subprocess.run([str(arg) for arg in args], check=False, capture_output=True, text=True, **how)
    assert done.returncode != 0, args
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where `make install-shared` has put libraries and headers."""
    where = tmp_path_factory.mktemp("library")
    run("make", "-C", ROOT, "install-shared", f"DESTDIR={where}", "PREFIX=/usr")
    return where / "usr"


def flags(installed, *what):
    """What pkg-config says of the installed tree, wherever it was moved to."""
    env = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
    return run("pkg-config", "--define-prefix", *what, "fluxvision", env=env).split()


def link(installed, kind):
    """The linker's flags for one of the two libraries."""
    libs = flags(installed, "--libs")
    return ["-Wl,-Bstatic", *libs, "-Wl,-Bdynamic"] if kind == "static" else libs


def headers(out, *compiler, root=ROOT):
    """Headers and names as another build has them; `out`."""
    run("perl", ROOT / "boards/library/headers.pl", root, out, "0.1.0", *PUBLIC,
        "--", "cc", f"-I{root}/src", f"-I{root}", *compiler)
    return out


def sync(program, site, certs, where, libraries=None, password=PASSWORD):
    """Run an example against a portal."""
    env = {"PATH": os.environ["PATH"], "FLUXVISION_USER": USER, "FLUXVISION_PASSWORD": password}
    if libraries:
        env["LD_LIBRARY_PATH"] = str(libraries)
    return subprocess.run([str(program), site.url, str(certs.ca), "HAUC", str(where)], env=env, check=False,
                          capture_output=True, text=True, timeout=LIMIT_S)


def syncs(program, site, certs, where, libraries=None):
    """The example fetches every file, and then none."""
    first = sync(program, site, certs, where, libraries)
    assert first.returncode == 0, first
    fetched = files_below(where)
    assert len(fetched) > 20 and all(path in first.stdout for path in fetched)
    assert re.search(r"[1-9]\d* bytes", first.stderr)
    inodes = {name: path.stat().st_ino for name, path in fetched.items()}
    again = sync(program, site, certs, where, libraries)
    again = sync(program, site, certs, where, libraries)
    assert again.returncode == 0, again
    assert {name: path.stat().st_ino for name, path in files_below(where).items()} == inodes


def build_example(installed, language, kind, out):
    """Compile an example with warnings as errors, and link it."""
    compiler, source = (["cc", "-std=c11"], "sync.c") if language == "c" else (["c++", "-std=c++11"], "sync.cpp")
    run(*compiler, *WARNINGS, EXAMPLES / source, *flags(installed, "--cflags"), *link(installed, kind), "-o", out)
    return out


def test_pkg_config(installed):
    """The .pc file has the places of the installation, below its prefix."""
    text = (installed / "lib/pkgconfig/fluxvision.pc").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)=(.*)", text, flags=re.M) == [("prefix", "/usr"), ("libdir", "${prefix}/lib"),
                                                            ("includedir", "${prefix}/include/fluxvision")]
    assert flags(installed, "--libs", "--static") == [f"-L{installed}/lib", "-lfluxvision"]
    assert flags(installed, "--cflags") == [f"-I{installed}/include/fluxvision"]


@pytest.mark.parametrize("compiler", ["cc -std=c11 -x c", "cc -std=gnu17 -x c", "c++ -std=c++11 -x c++",
                                      "c++ -std=c++20 -x c++"])
def test_headers_compile(installed, tmp_path, compiler):
    """Each public header alone, and the macros of all, without a warning."""
    for header in [*PUBLIC, "fv_config.h"]:
        (tmp_path / "a").write_text(f"#include <{header}>\nextern int none;\n", encoding="utf-8")
        run(*compiler.split(), *WARNINGS, "-fsyntax-only", *flags(installed, "--cflags"), tmp_path / "a")
    (tmp_path / "a").write_text("".join(f"#include <{header}>\n" for header in PUBLIC) + """
        struct fv_slice one(int n);
        struct fv_slice one(int n) { struct fv_slice none = FV_SLICE_NONE; return n ? FV_SLICE("one") : none; }
        """, encoding="utf-8")
    run(*compiler.split(), *WARNINGS, "-fsyntax-only", *flags(installed, "--cflags"), tmp_path / "a")


@pytest.mark.parametrize("kind", ["static", "shared"])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_example_syncs(installed, site, certs, tmp_path, language, kind):
    """The examples, with either library. A wrong password is told, and gives the exit status of the program."""
    program = build_example(installed, language, kind, tmp_path / "sync")
    needed = re.findall(r"NEEDED.*\[(libfluxvision.*)\]", run("readelf", "-d", program))
    assert needed == ([] if kind == "static" else ["libfluxvision.so.0"])
    syncs(program, site, certs, tmp_path / "dir", installed / "lib")
    refused = sync(program, site, certs, tmp_path / "other", installed / "lib", password="wrong")
    assert refused.returncode == 5 and "the user name or the password is not accepted" in refused.stderr, refused
    env = {"LD_LIBRARY_PATH": str(installed / "lib")}
    unknown = subprocess.run([str(program), "http://localhost", str(certs.ca), "HAUC", str(tmp_path / "dir")], env=env,
                             check=False, capture_output=True, text=True)
    assert unknown.returncode == 2 and "https://" in unknown.stderr, unknown
    for ca, where, status, told in ((tmp_path / "none", "dir", 2, f"{tmp_path}/none: No such file"),
                                    (certs.ca, "sync", 7, f"{tmp_path}/sync: Not a directory")):
        done = subprocess.run([str(program), site.url, str(ca), "HAUC", str(tmp_path / where)], env=env, check=False,
                              capture_output=True, text=True)
        assert done.returncode == status and told in done.stderr, done


OTHER_MBEDTLS = """
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <base/sha256.h>
#include <stdio.h>
#include <string.h>
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256 mbedtls_sha256_ret
#endif
static void __attribute__((constructor)) compare(void)
{
    char version[20];
    unsigned char theirs[32], ours[FV_SHA256_SIZE];
    mbedtls_ssl_config config;
    mbedtls_version_get_string(version);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_config_free(&config);
    if (mbedtls_sha256((const unsigned char *)"abc", 3, theirs, 0) != 0) {
        puts("theirs has failed");
    }
    fv_sha256_of("abc", 3, ours);
    printf("mbedTLS %s, %s\\n", version, memcmp(theirs, ours, 32) == 0 ? "the same" : "different");
}
"""


@pytest.mark.parametrize("order", ["ours first", "theirs first"])
@pytest.mark.parametrize("theirs", ["static", "shared"])
@pytest.mark.parametrize("ours", ["static", "shared"])
def test_beside_another_mbedtls(installed, site, certs, tmp_path, ours, theirs, order):
    """A program calls Debian's mbedTLS (2.28, in Debian 13 3.6) and the library, which has its own; each works."""
    (tmp_path / "other.c").write_text(OTHER_MBEDTLS, encoding="utf-8")
    names = ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"]
    other = ["-Wl,-Bstatic", *names, "-Wl,-Bdynamic"] if theirs == "static" else names
    both = [*link(installed, ours), *other] if order == "ours first" else [*other, *link(installed, ours)]
    program = tmp_path / "sync"
    run("cc", EXAMPLES / "sync.c", tmp_path / "other.c", *flags(installed, "--cflags"), *both, "-o", program)
    done = sync(program, site, certs, tmp_path / "dir", installed / "lib")
    assert done.returncode == 0, done
    assert re.search(r"^mbedTLS [23]\.\d+\.\d+, the same$", done.stdout, re.M)
    assert len(files_below(tmp_path / "dir")) > 20


def test_capacity_of_a_program(installed, tmp_path):
    """A program that defines a capacity gets the library's value, or it does not compile."""
    (tmp_path / "a.c").write_text("#include <fluxvision.h>\n_Static_assert(FV_CAP_GLOBS == 32, \"\");\n",
                                  encoding="utf-8")
    command = ["cc", "-fsyntax-only", *flags(installed, "--cflags"), tmp_path / "a.c"]
    run(*command, "-DFV_CAP_GLOBS=32")
    assert "the library was built with FV_CAP_GLOBS 32" in fails(*command, "-DFV_CAP_GLOBS=8")


@pytest.mark.parametrize("flags", ["CFLAGS", "CPPFLAGS"])
def test_capacity_of_a_build(flags):
    """The compiler that is asked for the capacities gets all flags that the objects get."""
    told = run("make", "-C", ROOT, "-n", "-W", "src/base/cap.h", f"{flags}=-DFV_CAP_GLOBS=8", "build/library/names")
    asked = [line for line in told.replace("\\\n", " ").splitlines() if "headers.pl" in line]
    assert asked and all("-DFV_CAP_GLOBS=8" in line for line in asked), told


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_other_capacity_does_not_link(installed, tmp_path, kind):
    """A program that was compiled with the headers of another build does not link; the linker says why."""
    other = headers(tmp_path / "other", "-DFV_CAP_GLOBS=8")
    for include, ends in ((installed / "include/fluxvision", run), (other / "include", fails)):
        run("cc", "-c", EXAMPLES / "sync.c", f"-I{include}", "-o", tmp_path / "sync.o")
        told = ends("cc", tmp_path / "sync.o", "-Wl,--gc-sections", *link(installed, kind), "-o", tmp_path / "sync")
    assert re.search(rf"undefined reference to .fv_settings_init_{WHY}_[0-9a-f]{{12}}", told), told


def test_hash_is_of_declarations(tmp_path):
    """Another field of a structure, another capacity: another hash. A comment changes nothing."""
    def hash_of(name, header=None, old="", new="", compiler=()):
        tree = tmp_path / name
        for path in PUBLIC:
            path = path if path.startswith("port/") else f"src/{path}"
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            text = (ROOT / path).read_text(encoding="utf-8")
            assert path != header or old in text
            (tree / path).write_text(text.replace(old, new) if path == header else text, encoding="utf-8")
        made = headers(tmp_path / f"{name}-out", *compiler, root=tree)
        return re.search(rf"{WHY}_(\w+)", (made / "include/fv_config.h").read_text(encoding="utf-8"))[1]

    plain = hash_of("plain")
    assert hash_of("again") == plain
    assert hash_of("comment", "src/fluxvision.h", "bool dry_run;", "bool dry_run; /* a comment */") == plain
    assert hash_of("field", "src/fluxvision.h", "bool dry_run;", "bool dry_run, other;") != plain
    assert hash_of("number", "port/posix/posix.h", "#define FV_POSIX_DIRS 4", "#define FV_POSIX_DIRS 5") != plain
    assert hash_of("capacity", compiler=["-DFV_CAP_PATH=2000"]) != plain


def declared(installed, where):
    """The functions that the public headers declare, as a compiler sees them: those with an alias by their alias."""
    (where / "all.c").write_text("".join(f"#include <{header}>\n" for header in PUBLIC), encoding="utf-8")
    run("cc", "-fsyntax-only", "-aux-info", where / "declared", *flags(installed, "--cflags"), where / "all.c")
    lines = (where / "declared").read_text(encoding="utf-8").splitlines()
    names = {re.search(r"\b(fv_\w+) \(", line)[1] for line in lines if "/fluxvision/" in line and " extern " in line}
    assert len(names) > 50 and sum(WHY in name for name in names) >= 4
    return names


def test_only_declared_names_are_visible(installed, tmp_path):
    """Both libraries show the declared functions and their aliases, nothing else. The archive has one member."""
    names = declared(installed, tmp_path)
    expected = names | {re.sub(f"_{WHY}_.*", "", name) for name in names}
    static = run("nm", "-g", "--defined-only", installed / "lib/libfluxvision.a")
    assert set(re.findall(r"^[0-9a-f]+ \w (\w+)$", static, re.M)) == expected
    dynamic = run("nm", "-D", "--defined-only", installed / "lib/libfluxvision.so")
    assert set(re.findall(r"^[0-9a-f]+ [^A] (\w+)@@FLUXVISION_0$", dynamic, re.M)) == expected
    assert len(run("ar", "t", installed / "lib/libfluxvision.a").split()) == 1


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_cpp_links_every_function(installed, tmp_path, kind):
    """C++ finds each declared function."""
    with open(tmp_path / "all.cpp", "w", encoding="utf-8") as text:
        text.write("".join(f"#include <{header}>\n" for header in PUBLIC) + "void (*volatile every[])() = {\n")
        for name in sorted(declared(installed, tmp_path)):
            text.write(f"reinterpret_cast<void (*)()>({name}),\n")
        text.write("};\nint main() { return every[0] == nullptr; }\n")
    run("c++", tmp_path / "all.cpp", *flags(installed, "--cflags"), *link(installed, kind), "-o", tmp_path / "all")
    run(tmp_path / "all", env={"LD_LIBRARY_PATH": str(installed / "lib")})


def test_objects_for_link_time_optimisation(tmp_path):
    """A packager's -flto: the library is code all the same, and shows the declared names alone."""
    for name, text in (("a", "int hidden(void); int fv_a(void); int fv_a(void) { return hidden(); }"),
                       ("b", "int hidden(void); int hidden(void) { return 0; }"),
                       ("main", "int fv_a(void); int main(void) { return fv_a(); }")):
        (tmp_path / f"{name}.c").write_text(text, encoding="utf-8")
        run("cc", "-O1", *(["-flto"] if name != "main" else []), "-c", tmp_path / f"{name}.c", "-o",
            tmp_path / f"{name}.o")
    (tmp_path / "names").write_text("fv_a\n", encoding="utf-8")
    (tmp_path / "aliases").touch()
    run(ROOT / "boards/library/merge.sh", tmp_path, tmp_path / "lib.a", tmp_path / "a.o", tmp_path / "b.o",
        env={**os.environ, "CC": "cc", "OBJCOPY": "objcopy", "AR": "ar"})
    assert re.findall(r" [A-Z] (\w+)$", run("nm", "-g", "--defined-only", tmp_path / "lib.a"), re.M) == ["fv_a"]
    run("cc", "-fno-lto", tmp_path / "main.o", tmp_path / "lib.a", "-o", tmp_path / "main")
    run(tmp_path / "main")


def test_static_board():
    """Its libc has the headers that tell the capacities. There is no shared library for it."""
    board = ("make", "-C", ROOT, "BOARD=linux-x86_64", "LTO=")
    rules = subprocess.run([*board, "-pn", "lib"], check=False, capture_output=True, text=True).stdout
    names, = re.findall(r"^build/linux-x86_64/library/names: (.*)", rules, re.M)
    assert "build/linux-x86_64/musl/lib/libc.a" in names.split()
    assert "no shared library" in fails(*board, "build/linux-x86_64/libfluxvision.so.0.1.0")


@pytest.mark.parametrize("where", ["clone", "other clone", "tarball"])
def test_build_time(tmp_path, where):
    """Other build systems have the Makefile's: never the commit of the project that the sources are a part of."""
    sources = tmp_path / "sources"
    (sources / "boards").mkdir(parents=True)
    (sources / "Makefile").touch()
    os.utime(sources / "Makefile", (1000, 1000))
    env = {**os.environ, "GIT_COMMITTER_DATE": "@2000 +0000"}
    env.pop("SOURCE_DATE_EPOCH", None)
    (sources / "boards/commit_time").write_text("3000\n" if where == "tarball" else "$Format:%ct$\n",
                                               encoding="utf-8")
    if where != "tarball":
        clone = sources if where == "clone" else tmp_path
        run("git", "init", "-q", clone)
        run("git", "-C", clone, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "a",
            env=env)
    told = run("sh", ROOT / "boards/library/build_time.sh", sources, env=env).strip()
    assert told == {"clone": "2000", "other clone": "1000", "tarball": "3000"}[where]


def test_unused_parts_are_dropped(installed, tmp_path):
    """A program takes the sections that it uses."""
    (tmp_path / "a.c").write_text("#include <base/sha256.h>\n"
                                  "int main(void) { uint8_t d[32]; fv_sha256_of(\"\", 0, d); return d[0] == 0; }\n",
                                  encoding="utf-8")
    run("cc", tmp_path / "a.c", "-Wl,--gc-sections", *flags(installed, "--cflags"), *link(installed, "static"),
        "-o", tmp_path / "a")
    run(tmp_path / "a")
    text = int(run("size", tmp_path / "a").splitlines()[1].split()[0])
    assert text < 20_000


def cmake(where, *options, text, generator="Ninja"):
    """Configure and build a CMake project of one file; its folder."""
    where.mkdir()
    lines = ("cmake_minimum_required(VERSION 3.16)", "project(user LANGUAGES C)", text,
             f"add_executable(sync {EXAMPLES}/sync.c)", "target_link_libraries(sync PRIVATE fluxvision::fluxvision)\n")
    (where / "CMakeLists.txt").write_text("\n".join(lines), encoding="utf-8")
    run("cmake", "-G", generator, "-S", where, "-B", where / "out", *options)
    run("cmake", "--build", where / "out", "-j2")
    return where / "out"


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_cmake_finds_it(installed, site, certs, tmp_path, kind):
    """find_package() in the installed tree; a version that is too new is not found."""
    options = [f"-DCMAKE_PREFIX_PATH={installed}", f"-DBUILD_SHARED_LIBS={'ON' if kind == 'shared' else 'OFF'}"]
    out = cmake(tmp_path / "user", *options, text="find_package(fluxvision 0.1 CONFIG REQUIRED)")
    assert ("libfluxvision.so.0" in run("readelf", "-d", out / "sync")) == (kind == "shared")
    syncs(out / "sync", site, certs, tmp_path / "dir", installed / "lib")
    (tmp_path / "new").mkdir()
    (tmp_path / "new/CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.16)\nproject(user LANGUAGES C)\n"
                                                 "find_package(fluxvision 0.9 CONFIG REQUIRED)\n", encoding="utf-8")
    assert "0.1.0" in fails("cmake", "-S", tmp_path / "new", "-B", tmp_path / "new/out", options[0])


def test_cmake_builds_it(site, certs, tmp_path):
    """add_subdirectory() of the sources, with a capacity of its own; the program sees that capacity too. CMake's own
    generator, for make, in a folder whose name has a space."""
    text = (f"set(MBEDTLS_DIR {ROOT}/build/src/mbedtls)\nset(JSMN_DIR {ROOT}/build/src/jsmn)\n"
            f"set(FLUXVISION_DEFINITIONS FV_CAP_GLOBS=8)\nadd_subdirectory({ROOT}/boards/cmake fluxvision)")
    out = cmake(tmp_path / "my project", text=text, generator="Unix Makefiles")
    syncs(out / "sync", site, certs, tmp_path / "dir")
    assert "#define FV_CAP_GLOBS 8\n" in (out / "fluxvision/include/fv_config.h").read_text(encoding="utf-8")
    # A change of a public header gives programs a new one. (The file itself is left alone: other suites build with it.)
    assert f'"{ROOT}/src/base/cap.h"' in (out / "CMakeFiles/Makefile.cmake").read_text(encoding="utf-8")
    visible = run("nm", "-g", "--defined-only", out / "fluxvision/libfluxvision.a")
    assert not re.findall(r" [A-Z] (?!fv_)\w+$", visible, re.M)


def test_meson_builds_it(site, certs, tmp_path):
    """A subproject of meson, laid out as a wrap file does, with a capacity of its own."""
    project = tmp_path / "my project"
    sources = project / "subprojects/fluxvision"
    sources.mkdir(parents=True)
    for name in ("src", "port", "boards"):
        shutil.copytree(ROOT / name, sources / name)
    for path in (ROOT / "Makefile", *(ROOT / "boards/meson").iterdir()):
        shutil.copy(path, sources)
    shutil.copy(EXAMPLES / "sync.c", project)
    (project / "meson.build").write_text(
        "project('user', 'c')\n"
        "fluxvision = dependency('fluxvision', fallback: ['fluxvision', 'fluxvision_dep'])\n"
        "executable('sync', 'sync.c', dependencies: fluxvision)\n", encoding="utf-8")
    run("meson", "setup", project / "out", project, f"-Dfluxvision:mbedtls_dir={ROOT}/build/src/mbedtls",
        f"-Dfluxvision:jsmn_dir={ROOT}/build/src/jsmn", "-Dfluxvision:definitions=FV_CAP_GLOBS=8",
        "-Dfluxvision:buildtype=plain")
    run("meson", "compile", "-C", project / "out")
    syncs(project / "out/sync", site, certs, tmp_path / "dir")
    made = project / "out/subprojects/fluxvision"
    (made / "include/port/posix/posix.h").unlink()
    os.utime(sources / "port/posix/posix.h")
    run("meson", "compile", "-C", project / "out")
    assert (made / "include/port/posix/posix.h").exists()
    assert "#define FV_CAP_GLOBS 8\n" in (made / "include/fv_config.h").read_text(encoding="utf-8")
    assert not re.findall(r" [A-Z] (?!fv_)\w+$", run("nm", "-g", "--defined-only", made / "libfluxvision.a"), re.M)
