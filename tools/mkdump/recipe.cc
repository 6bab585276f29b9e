#include "mkdump/recipe.h"

#include <functional>
#include <optional>

#include "base/text.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kdump_writer.h"
#include "mkdump/kernel.h"
#include "mkdump/scene.h"

namespace nfstriage::mkdump {
namespace {

constexpr const char* kRemedy = "see mkdump --help for the directives";
constexpr std::uint64_t kLargestFill = 16 << 20;

class Builder {
public:
    explicit Builder(const layout::Types* types) : types_(types) {}

    // What is wrong with the line, or empty.
    std::string line(std::string_view text);
    // What is missing at the end, or empty.
    std::string end();
    Built build() const;
    Result<Symbols> symbols(const std::string& name) const;

private:
    // A directive of several lines, closed by `end`.
    struct Block {
        std::string kind;           // symbols, module, object, log, orc
        std::string name;           // of the module, or the object's type
        std::uint64_t address = 0;  // of the object or the ORC table
        bool invented = false;      // all of it
    };

    std::string start(const Words& words);
    std::string begin_block(const Words& words);
    std::string block_line(std::string_view text);
    std::string option(const Words& words, std::string_view rest);
    std::string content(const Words& words, std::string_view rest);
    std::string describe(const Words& words, std::string_view rest);
    std::string cpu(const Words& words);

    const layout::Types* types_;
    std::optional<Kernel> kernel_;
    std::optional<Scene> scene_;
    std::optional<Block> block_;
    KdumpOptions kdump_;
    ElfOptions elf_;
    std::optional<FlattenOptions> flatten_;
    bool as_elf_ = false;
};

Words words_of(std::string_view text) {
    Words words;
    for (std::string_view word : split(text, ' '))
        if (!word.empty()) words.push_back(word);
    return words;
}

// Takes the word `invented` off the front.
bool take_invented(std::string_view& text) {
    constexpr std::string_view kWord = "invented ";
    if (!text.starts_with(kWord)) return false;
    text = trim(text.substr(kWord.size()));
    return true;
}

std::string Builder::option(const Words& words, std::string_view rest) {
    std::string_view name = words[0];
    auto values = scene_->values(words, 1, 1);
    if (name == "format") {
        if (rest != "kdump" && rest != "elf") return "format kdump or elf";
        as_elf_ = rest == "elf";
    } else if (name == "codec") {
        if (rest == "none")
            kdump_.codec = dump::Codec::none;
        else if (rest == "zlib")
            kdump_.codec = dump::Codec::zlib;
        else if (rest == "lzo")
            kdump_.codec = dump::Codec::lzo;
        else if (rest == "snappy")
            kdump_.codec = dump::Codec::snappy;
        else if (rest == "zstd")
            kdump_.codec = dump::Codec::zstd;
        else
            return "codec none, zlib, lzo, snappy or zstd";
    } else if (name == "block_size") {
        if (!values || (*values)[0] < kGranule || (*values)[0] % kGranule != 0)
            return "a multiple of 4096";
        kdump_.block_size = static_cast<std::uint32_t>((*values)[0]);
    } else if (name == "version") {
        if (!values) return "a header version";
        kdump_.version = static_cast<std::int32_t>((*values)[0]);
    } else if (name == "dump_level") {
        if (!values) return "a dump level";
        kdump_.dump_level = static_cast<std::int32_t>((*values)[0]);
    } else if (name == "flattened") {
        flatten_ = FlattenOptions{};
        if (words.size() > 1) {
            if (!values || (*values)[0] == 0) return "a record size";
            flatten_->record_size = (*values)[0];
        }
    } else if (name == "split") {
        if (!values) return "page frame numbers";
        kdump_.split_at = *values;
    } else if (name == "qemu") {
        elf_.qemu = true;
    } else if (name == "incomplete") {
        kdump_.status |= 0x8;
    } else {
        return "a directive that exists";
    }
    return {};
}

// What the kernel says of itself.
std::string Builder::describe(const Words& words, std::string_view rest) {
    std::string_view name = words[0];
    Machine& machine = kernel_->machine();
    if (name == "vmcoreinfo") {
        machine.vmcoreinfo.emplace_back(rest);
        return {};
    }
    if (name == "no_vmcoreinfo") {
        if (!kernel_->drop_vmcoreinfo(rest)) return "the beginning of a line of VMCOREINFO";
        return {};
    }
    if (name == "symbol") {
        auto address = words.size() == 3 ? scene_->value(words[2]) : std::nullopt;
        if (!address) return "symbol NAME ADDRESS";
        kernel_->symbol(words[1], *address);
        return {};
    }
    if (name == "kaslr") {
        auto offset = words.size() == 2 ? parse_unsigned(words[1]) : std::nullopt;
        if (!offset) return "kaslr OFFSET";
        scene_->kaslr = *offset;
        machine.vmcoreinfo.push_back("KERNELOFFSET=" + hex(*offset).substr(2));
        return {};
    }
    if (name == "nodename")
        machine.uname.nodename = rest;
    else if (name == "release")
        machine.uname.release = rest;
    else
        machine.uname.version = rest;
    kernel_->write_uname();
    return {};
}

std::string Builder::cpu(const Words& words) {
    constexpr const char* kUsage = "cpu PID NAME=VALUE ..., or cpus COUNT PID NAME=VALUE ...";
    bool several = words[0] == "cpus";
    std::size_t first = several ? 2 : 1;
    auto count = several && words.size() > 2 ? parse_unsigned(words[1]) : 1;
    auto pid = words.size() > first ? parse_unsigned(words[first]) : std::nullopt;
    if (!pid || !count || *count > 8192) return kUsage;
    dump::CpuNote note;
    note.pid = static_cast<std::int64_t>(*pid);
    for (std::size_t i = first + 1; i < words.size(); ++i) {
        std::size_t equals = words[i].find('=');
        auto value = equals == std::string_view::npos ? std::nullopt
                                                      : scene_->value(words[i].substr(equals + 1));
        if (!value) return kUsage;
        note.registers.set(words[i].substr(0, equals), *value);
    }
    for (std::uint64_t i = 0; i < *count; ++i) {
        note.cpu = static_cast<unsigned>(kernel_->machine().cpus.size());
        kernel_->machine().cpus.push_back(note);
    }
    return {};
}

std::string Builder::content(const Words& words, std::string_view rest) {
    std::string_view name = words[0];
    auto values = scene_->values(words, 1, 1);
    Machine& machine = kernel_->machine();
    for (const char* known :
         {"nodename", "release", "version_text", "vmcoreinfo", "no_vmcoreinfo", "symbol", "kaslr"})
        if (name == known) return describe(words, rest);
    if (name == "percpu") return scene_->percpu(words);
    if (name == "ring") return scene_->ring(words);
    if (name == "call") return scene_->call(words);
    if (name == "kallsyms") return scene_->kallsyms(words);
    if (name == "cpu" || name == "cpus") return cpu(words);
    if (name == "map") {
        if (!values || values->size() < 3 || values->size() > 4)
            return "map VADDR PADDR SIZE [LEAF]";
        std::uint64_t leaf = values->size() == 4 ? (*values)[3] : 0;
        unsigned shift = 12;
        for (const std::string& line : machine.vmcoreinfo)
            if (leaf == 0 && line.starts_with("PAGESIZE="))
                leaf = parse_unsigned(std::string_view(line).substr(9)).value_or(4096);
        while (shift < 42 && std::uint64_t{1} << shift < leaf) ++shift;
        kernel_->map((*values)[0], (*values)[1], (*values)[2], shift);
    } else if (name == "unmap") {
        if (!values) return "unmap VADDR";
        kernel_->unmap((*values)[0]);
    } else if (name == "u64") {
        if (!values || values->size() < 2) return "u64 ADDRESS VALUE ...";
        for (std::size_t i = 1; i < values->size(); ++i) {
            scene_->write_u64((*values)[0] + 8 * (i - 1), (*values)[i]);
        }
    } else if (name == "fill") {
        if (!values || values->size() < 3 || (*values)[1] > kLargestFill)
            return "fill ADDRESS SIZE BYTE ..., at most 16 MiB";
        File raw;
        for (std::uint64_t i = 0; i < (*values)[1]; ++i)
            raw.push_back(static_cast<std::uint8_t>((*values)[2 + i % (values->size() - 2)]));
        scene_->write((*values)[0], raw);
    } else if (name == "bytes" || name == "text") {
        auto address = words.size() > 2 ? scene_->value(words[1]) : std::nullopt;
        if (!address) return std::string(name) + " ADDRESS ...";
        File raw;
        if (name == "text") {
            std::string_view body = trim(rest.substr(words[1].size()));
            raw.assign(body.begin(), body.end());
            raw.push_back(0);
        } else {
            for (std::size_t i = 2; i < words.size(); ++i) {
                auto byte = parse_unsigned(words[i], 16);
                if (!byte || *byte > 0xff) return "bytes in hex, separated by blanks";
                raw.push_back(static_cast<std::uint8_t>(*byte));
            }
        }
        scene_->write(*address, raw);
    } else if (name == "filtered") {
        if (!values) return "filtered PADDR ...";
        for (std::uint64_t address : *values) machine.filtered.insert(address / kGranule);
    } else {
        return option(words, rest);
    }
    return {};
}

// kernel PAGING [image ADDRESS SIZE] [root ADDRESS] [init_uts_ns ADDRESS]
std::string Builder::start(const Words& words) {
    constexpr const char* kUsage =
        "one kernel line with a paging such as x86_64-4 or aarch64-4K-48, and where the image is";
    auto paging = words.size() > 1 ? paging_from_name(words[1]) : std::nullopt;
    if (!paging || kernel_) return kUsage;
    Placement placement;
    for (std::size_t i = 2; i < words.size(); i += 2) {
        auto value = i + 1 < words.size() ? parse_unsigned(words[i + 1]) : std::nullopt;
        if (!value) return kUsage;
        if (words[i] == "image")
            placement.image = *value;
        else if (words[i] == "size" && *value != 0)
            placement.size = *value;
        else if (words[i] == "root")
            placement.root = *value;
        else if (words[i] == "init_uts_ns")
            placement.init_uts = *value;
        else if (words[i] == "uts_name")
            placement.uts_name = *value;
        else
            return kUsage;
    }
    kernel_.emplace(*paging, placement);
    scene_.emplace(*kernel_, types_);
    return {};
}

std::string Builder::begin_block(const Words& words) {
    Block block;
    block.kind = words[0];
    if (block.kind == "module") {
        if (auto wrong = scene_->module(words); !wrong.empty()) return wrong;
        block.name = words[1];
    } else if (block.kind == "object") {
        auto address = words.size() == 4 ? scene_->value(words[1]) : std::nullopt;
        if (!address) return "object ADDRESS struct NAME";
        block.address = *address;
        block.name = std::string(words[2]) + " " + std::string(words[3]);
    } else if (block.kind == "orc") {
        auto address = words.size() > 1 ? scene_->value(words[1]) : std::nullopt;
        if (!address || words.size() > 3 || (words.size() == 3 && !scene_->has_module(words[2])))
            return "orc ADDRESS [MODULE], the module described before";
        block.address = *address;
        if (words.size() == 3) block.name = words[2];
    } else if (words.size() != 1) {
        return block.kind + " and its lines";
    }
    block_ = std::move(block);
    return {};
}

std::string Builder::block_line(std::string_view text) {
    if (text == "end") {
        Block block = std::move(*block_);
        block_.reset();
        scene_->set_invented(block.invented);
        if (block.kind == "orc") return scene_->end_orc(block.address, block.name);
        return {};
    }
    scene_->set_invented(take_invented(text) || block_->invented);
    if (block_->kind == "log") return scene_->log_line(text);
    Words words = words_of(text);
    std::string_view rest = trim(text.substr(words[0].size()));
    if (block_->kind == "orc") return scene_->orc_line(words);
    if (block_->kind == "object") return scene_->member(block_->address, block_->name, words, rest);
    return scene_->symbol(words, block_->name);
}

// Without the comment: from a `#` on that begins the line or stands by itself. "#1 SMP" is text.
std::string_view without_comment(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '#') continue;
        bool begins = at == 0 || text[at - 1] == ' ';
        bool alone = at == 0 || at + 1 == text.size() || text[at + 1] == ' ';
        if (begins && alone) return trim(text.substr(0, at));
    }
    return text;
}

std::string Builder::line(std::string_view text) {
    text = trim(text);
    // A log line may hold a '#' itself.
    bool verbatim = block_ && block_->kind == "log" && !text.starts_with('#');
    if (!verbatim) text = without_comment(text);
    if (text.empty()) return {};
    if (block_) return block_line(text);
    bool invented = take_invented(text);
    Words words = words_of(text);
    if (words.empty()) return "a directive behind `invented`";
    std::string_view rest = trim(text.substr(words[0].size()));
    if (words[0] == "kernel") return start(words);
    if (!kernel_) return "the kernel line first";
    scene_->set_invented(invented);
    for (const char* kind : {"symbols", "module", "object", "log", "orc"})
        if (words[0] == kind) {
            auto wrong = begin_block(words);
            if (block_) block_->invented = invented;
            return wrong;
        }
    return content(words, rest);
}

std::string Builder::end() {
    if (!kernel_) return "a kernel line, found none";
    if (block_) return "`end` behind " + block_->kind;
    return scene_->finish();
}

Built Builder::build() const {
    Built built;
    if (as_elf_)
        built.files.push_back(write_elf(kernel_->machine(), elf_));
    else
        built.files = write_kdump(kernel_->machine(), kdump_);
    if (flatten_)
        for (File& file : built.files) file = flatten(file, *flatten_);
    built.shown = scene_->shown();
    built.shown_log_lines = scene_->shown_log_lines();
    return built;
}

Result<Symbols> Builder::symbols(const std::string& name) const {
    if (!kernel_) return error(name, std::nullopt, "a kernel line, found none", kRemedy);
    return Symbols{kernel_->image(), scene_->kaslr, scene_->symbols()};
}

tl::unexpected<Error> wrong_line(const std::string& name, std::size_t number,
                                 const std::string& wrong, std::string_view text) {
    return error(name, std::nullopt,
                 "line " + std::to_string(number) + ": expected " + wrong + ", found \"" +
                     std::string(trim(text)) + "\"",
                 kRemedy);
}

}  // namespace

Result<Built> build_scene(std::string_view recipe, const std::string& name,
                          const layout::Types* types) {
    Builder builder(types);
    std::size_t number = 0;
    for (std::string_view text : split(recipe, '\n')) {
        ++number;
        std::string wrong = builder.line(text);
        if (!wrong.empty()) return wrong_line(name, number, wrong, text);
    }
    if (auto wrong = builder.end(); !wrong.empty())
        return error(name, std::nullopt, wrong, kRemedy);
    return builder.build();
}

Result<std::vector<File>> build_from_recipe(std::string_view recipe, const std::string& name) {
    return build_scene(recipe, name, nullptr).map([](Built&& built) {
        return std::move(built.files);
    });
}

Result<Symbols> symbols_of_recipe(std::string_view recipe, const std::string& name) {
    Builder builder(nullptr);
    std::size_t number = 0;
    bool inside = false;
    for (std::string_view text : split(recipe, '\n')) {
        ++number;
        std::string_view bare = trim(text);
        take_invented(bare);
        Words words = words_of(bare);
        if (words.empty()) continue;
        // ORC tables of vmlinux come with symbols of their own.
        bool block = words[0] == "symbols" || (words[0] == "orc" && words.size() == 2);
        bool wanted = inside || block || words[0] == "kernel" || words[0] == "kaslr";
        if (block) inside = true;
        if (inside && words[0] == "end" && words.size() == 1) inside = false;
        if (!wanted) continue;
        std::string wrong = builder.line(text);
        if (!wrong.empty()) return wrong_line(name, number, wrong, text);
    }
    return builder.symbols(name);
}

}  // namespace nfstriage::mkdump
