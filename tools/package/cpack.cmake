# What CPack needs to know of the three packages. The library names of nfstriage come from its linking;
# what it loads on demand is recommended by the package that has it here.
set(CPACK_PACKAGE_NAME nfstriage)
set(CPACK_PACKAGE_VENDOR nfstriage)
set(CPACK_PACKAGE_CONTACT "nfstriage <nfstriage@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Triage of Linux kernel crashes around NFS and SUNRPC")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL nfstriage hook dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_VERBATIM_VARIABLES ON)

set(description_nfstriage "Reads a crash dump or only a console log, works out what went wrong in NFS and
 SUNRPC, and says which known bug it is, on what evidence, and whether the kernel at hand has the fix.")
set(description_hook "Triage on the host that crashed: a static program that kdump runs in its capture
 kernel, what puts it there, and a unit that looks at new dumps after the reboot. Nothing is set up until
 'nfstriage-hook install'.")
set(description_dev "Headers, a static library and a CMake package to read crash dumps of Linux kernels
 and their NFS state from C++ programs.")
foreach(package nfstriage hook dev)
  string(REGEX REPLACE "\n *" " " text "${description_${package}}")
  string(TOUPPER ${package} upper)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${text}")
endforeach()

# --- .deb
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_NFSTRIAGE_PACKAGE_NAME nfstriage)
set(CPACK_DEBIAN_HOOK_PACKAGE_NAME nfstriage-hook)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME nfstriage-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_NFSTRIAGE_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_HOOK_PACKAGE_RECOMMENDS nfstriage)
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  libcapstone-dev libdeflate-dev libexpected-dev libfmt-dev liblzo2-dev libre2-dev libsnappy-dev libsodium-dev
  libyaml-cpp-dev libzydis-dev libzstd-dev nlohmann-json3-dev pkgconf)

# The packages of libraries that are loaded when an input needs them.
set(on_demand)
foreach(library dwarf archive kdumpfile debuginfod capstone)
  find_library(nfstriage_${library}_file ${library})
  mark_as_advanced(nfstriage_${library}_file)
  if(nfstriage_${library}_file)
    file(REAL_PATH ${nfstriage_${library}_file} file)
    execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE owner ERROR_QUIET
      RESULT_VARIABLE failed)
    if(failed AND file MATCHES "^/usr(/lib/.*)")  # known by its path of before the merge of /usr
      execute_process(COMMAND dpkg-query --search ${CMAKE_MATCH_1} OUTPUT_VARIABLE owner ERROR_QUIET
        RESULT_VARIABLE failed)
    endif()
    if(NOT failed AND owner MATCHES "^([^:, ]+)")
      list(APPEND on_demand ${CMAKE_MATCH_1})
    endif()
  endif()
endforeach()
list(JOIN on_demand ", " CPACK_DEBIAN_NFSTRIAGE_PACKAGE_RECOMMENDS)

foreach(script postinst prerm)
  configure_file(hook.${script} ${CMAKE_CURRENT_BINARY_DIR}/deb/${script} COPYONLY)
  list(APPEND CPACK_DEBIAN_HOOK_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/deb/${script})
endforeach()
set(CPACK_DEBIAN_HOOK_PACKAGE_CONTROL_STRICT_PERMISSION ON)
configure_file(nfstriage.postinst ${CMAKE_CURRENT_BINARY_DIR}/deb/nfstriage/postinst COPYONLY)
set(CPACK_DEBIAN_NFSTRIAGE_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/deb/nfstriage/postinst)
set(CPACK_DEBIAN_NFSTRIAGE_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# --- .rpm: nfstriage-hook is static and fits any distribution; the others need the one they were built on.
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_MAIN_COMPONENT nfstriage)
set(CPACK_RPM_PACKAGE_LICENSE GPL-2.0-or-later)
set(CPACK_RPM_PACKAGE_GROUP "System/Kernel")
set(CPACK_RPM_HOOK_PACKAGE_NAME nfstriage-hook)
set(CPACK_RPM_DEV_PACKAGE_NAME nfstriage-devel)
# Its scripts are run by the packages that bring their interpreters.
set(CPACK_RPM_HOOK_PACKAGE_AUTOREQ OFF)
set(CPACK_RPM_HOOK_PACKAGE_REQUIRES "/bin/sh")
set(CPACK_RPM_HOOK_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/hook.postinst)
set(CPACK_RPM_HOOK_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/hook.prerm)
set(CPACK_RPM_NFSTRIAGE_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/nfstriage.postinst)
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")
# Folders of other packages.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/sbin /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/lib/dracut /usr/lib/dracut/modules.d
  /usr/share/man /usr/share/man/man1 /usr/share/doc /usr/share/bash-completion
  /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/site-functions
  /usr/share/initramfs-tools /usr/share/initramfs-tools/hooks /usr/share/initramfs-tools/scripts
  /usr/share/initramfs-tools/scripts/panic /usr/${CMAKE_INSTALL_LIBDIR}
  /usr/${CMAKE_INSTALL_LIBDIR}/cmake)
include(CPack)
