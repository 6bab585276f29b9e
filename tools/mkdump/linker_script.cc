// A linker script that makes a small vmlinux of a recipe's kernel: sections named after functions
// and data of the recipe come to lie where the recipe has them, without KASLR, and every other
// symbol of the image is given its address. Like a separate debug file it has no text: the code of
// the kernel stands in the recipe.
#include <fmt/format.h>

#include "base/address.h"
#include "mkdump/recipe.h"

namespace nfstriage::mkdump {

Result<std::string> linker_script(std::string_view recipe, const std::string& name) {
    auto symbols = symbols_of_recipe(recipe, name);
    if (!symbols) return tl::unexpected<Error>(symbols.error());
    std::uint64_t base = symbols->image - symbols->kaslr;
    std::string text = "SECTIONS {\n  .data..percpu 0 (NOLOAD) : {\n";
    for (const SceneSymbol& symbol : symbols->symbols)  // x86_64's per-CPU symbols count from 0
        if (symbol.address < symbols->image)
            text += fmt::format("    . = {0:#x}; {1} = .;\n", symbol.address, symbol.name);
    text += fmt::format("    . += 8;\n  }}\n  .text {:#x} (NOLOAD) : {{\n", base);
    for (const SceneSymbol& symbol : symbols->symbols) {
        if (symbol.address < symbols->image) continue;
        text += fmt::format("    . = {0:#x}; {1} = .; KEEP(*(.text.{1} .data.{1} .rodata.{1}))\n",
                            symbol.address - symbols->image, symbol.name);
    }
    text +=
        "  }\n"
        "  .rodata : { *(.rodata.linux_banner .data.types_in_use) }\n"
        "  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.text) *(.data) *(.bss) }\n"
        "}\n";
    return text;
}

}  // namespace nfstriage::mkdump
