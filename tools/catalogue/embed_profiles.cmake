# embed_profiles(FILE PROFILE...): writes the source FILE, which defines built_in_profiles()
# (engine/built_in.h) with these kernel profiles. They stand in the program as they are in their files,
# on pages of their own, so that a page that is not asked for is not read.
function(embed_profiles file)
  set(bytes "")
  set(names "")
  set(spans "")
  set(number 0)
  foreach(profile ${ARGN})
    get_filename_component(path ${profile} ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    if(NOT EXISTS ${path})
      message(FATAL_ERROR "There is no kernel profile ${path}")
    endif()
    set(symbol nfstriage_profile_${number})
    string(APPEND bytes
      "    \".balign 4096\\n.hidden ${symbol}, ${symbol}_end\\n\"\n"
      "    \".globl ${symbol}, ${symbol}_end\\n\"\n"
      "    \"${symbol}:\\n.incbin \\\"${path}\\\"\\n${symbol}_end:\\n\"\n")
    string(APPEND names
      "extern \"C\" const std::uint8_t ${symbol}[];\nextern \"C\" const std::uint8_t ${symbol}_end[];\n")
    string(APPEND spans "        ByteSpan(${symbol}, ${symbol}_end),\n")
    math(EXPR number "${number} + 1")
    list(APPEND paths ${path})
  endforeach()
  set(text "// Written by embed_profiles.cmake.\n#include \"built_in.h\"\n\n")
  if(number)
    string(APPEND text "asm(\".pushsection .rodata.nfstriage_profiles, \\\"a\\\"\\n\"\n${bytes}"
      "    \".popsection\\n\");\n${names}\n")
  endif()
  string(APPEND text "namespace nfstriage {\n\nstd::vector<ByteSpan> built_in_profiles() {\n"
    "    return {\n${spans}    };\n}\n\n}  // namespace nfstriage\n")
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
  set_property(SOURCE ${file} APPEND PROPERTY OBJECT_DEPENDS "${paths}")
endfunction()
