# Toolchain for nfstriage-hook on aarch64: Debian's cross compiler, and in NFSTRIAGE_SYSROOT the
# libraries' packages of that architecture, unpacked by tools/hook/build-aarch64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES NFSTRIAGE_SYSROOT)

set(CMAKE_FIND_ROOT_PATH ${NFSTRIAGE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${NFSTRIAGE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${NFSTRIAGE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${NFSTRIAGE_SYSROOT}/usr/share/pkgconfig)
set(CMAKE_CXX_FLAGS_INIT "-isystem ${NFSTRIAGE_SYSROOT}/usr/include")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${NFSTRIAGE_SYSROOT}/usr/lib/aarch64-linux-gnu")
