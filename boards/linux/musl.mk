# SPDX-License-Identifier: MIT
# How musl is compiled for a board of the family linux/static.

# What of musl the program and its tests use: whole folders, and of others these files; all of it takes four times as
# long, for each board. If the linker misses a function, its file is to be added here.
MUSL_WHOLE := env errno exit fcntl internal malloc malloc/mallocng mman select setjmp stat stdlib string temp termios
MUSL_conf := sysconf
MUSL_ctype := isalnum isalpha isdigit islower isprint ispunct isspace isupper isxdigit tolower toupper towctrans wcwidth
MUSL_dirent := alphasort closedir dirfd fdopendir opendir readdir rewinddir scandir
MUSL_legacy := getpagesize
MUSL_linux := clone fallocate flock getrandom gettid prctl prlimit sync_file_range syncfs sysinfo
MUSL_locale := __lctrans __mo_lookup c_locale langinfo locale_map setlocale
MUSL_math := __fpclassifyl __signbitl copysignl fmodl frexp frexpl ldexpl scalbn scalbnl
MUSL_misc := getauxval getopt getrlimit getrusage ioctl realpath setrlimit syscall uname
MUSL_multibyte := internal mbrtowc mbsinit mbsrtowcs mbstowcs mbtowc wcrtomb wctomb
MUSL_network := accept accept4 bind connect dn_expand dns_parse freeaddrinfo gai_strerror getaddrinfo getpeername \
    getsockname getsockopt htonl htons if_indextoname if_nametoindex in6addr_any in6addr_loopback inet_aton inet_ntop \
    inet_pton listen lookup_ipliteral lookup_name lookup_serv ntohl ntohs recv recvfrom recvmsg res_mkquery res_msend \
    resolvconf send sendmsg sendto setsockopt shutdown socket socketpair
MUSL_process := _Fork execv execve execvp fork posix_spawn posix_spawn_file_actions_addclose \
    posix_spawn_file_actions_adddup2 posix_spawn_file_actions_destroy posix_spawn_file_actions_init wait waitid waitpid
MUSL_signal := block kill raise restore sigaction sigaddset sigdelset sigemptyset sigfillset sigismember siglongjmp \
    signal sigprocmask sigsetjmp sigsetjmp_tail
MUSL_stdio := __fclose_ca __fdopen __fmodeflags __fopen_rb_ca __lockfile __overflow __stdio_close __stdio_exit \
    __stdio_read __stdio_seek __stdio_write __stdout_write __toread __towrite __uflow asprintf clearerr dprintf fclose \
    feof ferror fflush fgetc fgets fileno fopen fprintf fputc fputs fread fscanf fseek ftell fwrite getc getdelim \
    getline ofl ofl_add pclose perror popen printf putc putchar puts remove rename rewind setbuf setvbuf snprintf \
    sprintf sscanf stderr stdin stdout tmpfile ungetc vasprintf vdprintf vfprintf vfscanf vprintf vsnprintf vsprintf \
    vsscanf
MUSL_thread := __lock __set_thread_area __syscall_cp __timedwait __tls_get_addr __unmapself __wait clone default_attr \
    lock_ptc pthread_cleanup_push pthread_rwlock_rdlock pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock \
    pthread_rwlock_tryrdlock pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_rwlock_wrlock pthread_self \
    pthread_setcancelstate pthread_sigmask pthread_testcancel syscall_cp vmlock
MUSL_time := __map_file __month_to_secs __secs_to_tm __tm_to_secs __tz __year_to_secs clock_gettime clock_nanosleep \
    gettimeofday gmtime_r localtime_r mktime nanosleep strftime time timegm
MUSL_unistd := _exit access chdir close dup dup2 dup3 faccessat fchdir fsync ftruncate getcwd getegid geteuid \
    getgid getpgrp getpid getppid getuid isatty link lseek pipe pipe2 pread pwrite read readlink renameat rmdir \
    setsid symlink tcgetpgrp truncate unlink unlinkat usleep write writev
MUSL_FOLDERS := conf ctype dirent legacy linux locale math misc multibyte network process signal stdio thread time \
    unistd
MUSL_FILES := $(MUSL_WHOLE:%=%/*) $(foreach f,$(MUSL_FOLDERS),$(MUSL_$(f):%=$(f)/%))
# The kernel's headers (Landlock, seccomp) stand beside musl's.
KERNEL_HEADERS_x86_64-linux-gnu := /usr/include
KERNEL_HEADERS ?= $(wildcard $(or $(KERNEL_HEADERS_$(TRIPLET)),/usr/$(TRIPLET)/include))

# Said twice: else what our make was called with (CFLAGS=) would reach the make of musl.
MUSL_CFLAGS = $(firstword $(SMALL)) $(CPU) $(MUSL_LTO) -ffunction-sections -fdata-sections $(PROTECT) $(GUARD)

$(LIBC): $(MUSL_TREE) boards/linux/musl.mk $(BOARD_MK) | tools
	@rm -rf $(MUSL) && mkdir -p $(MUSL)/build
	$(call say,musl,$(MUSL))cd $(MUSL)/build && { CC='$(CC)' AR='$(AR)' RANLIB='$(RANLIB)' CFLAGS='$(MUSL_CFLAGS)' \
	    $(abspath $(MUSL_DIR))/configure --target=$(TRIPLET) --prefix=$(abspath $(MUSL)) --disable-shared \
	    --enable-wrapper=no && \
	    $(if $(MUSL_CODE),echo '$(MUSL_CODE:%=obj/src/%.lo): CFLAGS_ALL += $(CODE)' >>config.mak &&) \
	    $(MAKE) CFLAGS='$(MUSL_CFLAGS)' CFLAGS_NOSSP='-fno-stack-protector -fno-lto' \
	    SRC_DIRS='$(addprefix $$(srcdir)/,$(addprefix src/,$(MUSL_WHOLE) $(filter-out math,$(MUSL_FOLDERS))) crt)' \
	    BASE_GLOBS='$(MUSL_FILES:%=$$(srcdir)/src/%.c) $$(srcdir)/crt/*.c' install; } \
	    >log 2>&1 || { tail -n 20 log >&2; exit 1; }
	@for d in linux asm-generic; do ln -s $(KERNEL_HEADERS)/$$d $(MUSL)/include/; done
	@ln -s $(firstword $(wildcard $(KERNEL_HEADERS)/asm $(KERNEL_HEADERS)/$(TRIPLET)/asm)) $(MUSL)/include/asm
	@rm -rf $(MUSL)/build && touch $@
