#include "mkdump/recipe.h"

#include <functional>
#include <optional>

#include "base/text.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kdump_writer.h"
#include "mkdump/kernel.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kFirstVirtual = std::uint64_t{1} << 52;
constexpr std::uint64_t kLargestFill = 16 << 20;

using Words = std::vector<std::string_view>;

class Builder {
public:
    // What is wrong with the line, or empty.
    std::string line(std::string_view text);
    bool has_kernel() const { return kernel_.has_value(); }
    std::vector<File> build() const;

private:
    std::string option(const Words& words, std::string_view rest);
    std::string content(const Words& words, std::string_view rest);
    void write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
        if (address >= kFirstVirtual)
            kernel_->write(address, bytes);
        else
            kernel_->machine().write(address, bytes);
    }

    std::optional<Kernel> kernel_;
    KdumpOptions kdump_;
    ElfOptions elf_;
    std::optional<FlattenOptions> flatten_;
    bool as_elf_ = false;
};

// The numbers behind the directive, or nothing if one is no number.
std::optional<std::vector<std::uint64_t>> numbers(const Words& words, std::size_t from,
                                                  std::size_t least) {
    std::vector<std::uint64_t> result;
    for (std::size_t i = from; i < words.size(); ++i) {
        auto value = parse_unsigned(words[i]);
        if (!value) return std::nullopt;
        result.push_back(*value);
    }
    if (result.size() < least) return std::nullopt;
    return result;
}

std::string Builder::option(const Words& words, std::string_view rest) {
    std::string_view name = words[0];
    auto values = numbers(words, 1, 1);
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

std::string Builder::content(const Words& words, std::string_view rest) {
    std::string_view name = words[0];
    auto values = numbers(words, 1, 1);
    Machine& machine = kernel_->machine();
    if (name == "nodename") {
        machine.uname.nodename = rest;
    } else if (name == "release") {
        machine.uname.release = rest;
    } else if (name == "version_text") {
        machine.uname.version = rest;
    } else if (name == "vmcoreinfo") {
        machine.vmcoreinfo.emplace_back(rest);
    } else if (name == "symbol") {
        auto address = words.size() == 3 ? parse_unsigned(words[2]) : std::nullopt;
        if (!address) return "symbol NAME ADDRESS";
        kernel_->symbol(words[1], *address);
    } else if (name == "map") {
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
            File raw;
            put_number(raw, 0, (*values)[i], 8);
            write((*values)[0] + 8 * (i - 1), raw);
        }
    } else if (name == "fill") {
        if (!values || values->size() != 3 || (*values)[1] > kLargestFill)
            return "fill ADDRESS SIZE BYTE, at most 16 MiB";
        write((*values)[0], File((*values)[1], static_cast<std::uint8_t>((*values)[2])));
    } else if (name == "bytes" || name == "text") {
        auto address = words.size() > 2 ? parse_unsigned(words[1]) : std::nullopt;
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
        write(*address, raw);
    } else if (name == "filtered") {
        if (!values) return "filtered PADDR ...";
        for (std::uint64_t address : *values) machine.filtered.insert(address / kGranule);
    } else if (name == "cpu") {
        dump::CpuNote cpu;
        cpu.cpu = static_cast<unsigned>(machine.cpus.size());
        auto pid = words.size() > 1 ? parse_unsigned(words[1]) : std::nullopt;
        if (!pid) return "cpu PID NAME=VALUE ...";
        cpu.pid = static_cast<std::int64_t>(*pid);
        for (std::size_t i = 2; i < words.size(); ++i) {
            std::size_t equals = words[i].find('=');
            auto value = equals == std::string_view::npos
                             ? std::nullopt
                             : parse_unsigned(words[i].substr(equals + 1));
            if (!value) return "cpu PID NAME=VALUE ...";
            cpu.registers.set(words[i].substr(0, equals), *value);
        }
        machine.cpus.push_back(std::move(cpu));
    } else {
        return option(words, rest);
    }
    return {};
}

std::string Builder::line(std::string_view text) {
    text = trim(text.substr(0, text.find('#')));
    if (text.empty()) return {};
    Words words;
    for (std::string_view word : split(text, ' '))
        if (!word.empty()) words.push_back(word);
    std::string_view rest = trim(text.substr(words[0].size()));
    if (words[0] == "kernel") {
        auto paging = paging_from_name(rest);
        if (!paging || kernel_)
            return "one kernel line with a paging such as x86_64-4 or aarch64-4K-48";
        kernel_.emplace(*paging);
        return {};
    }
    if (!kernel_) return "the kernel line first";
    return content(words, rest);
}

std::vector<File> Builder::build() const {
    std::vector<File> files;
    if (as_elf_)
        files.push_back(write_elf(kernel_->machine(), elf_));
    else
        files = write_kdump(kernel_->machine(), kdump_);
    if (flatten_)
        for (File& file : files) file = flatten(file, *flatten_);
    return files;
}

}  // namespace

Result<std::vector<File>> build_from_recipe(std::string_view recipe, const std::string& name) {
    Builder builder;
    std::size_t number = 0;
    for (std::string_view text : split(recipe, '\n')) {
        ++number;
        std::string wrong = builder.line(text);
        if (!wrong.empty())
            return error(name, std::nullopt,
                         "line " + std::to_string(number) + ": expected " + wrong + ", found \"" +
                             std::string(trim(text)) + "\"",
                         "see mkdump --help for the directives");
    }
    if (!builder.has_kernel())
        return error(name, std::nullopt, "a kernel line, found none",
                     "see mkdump --help for the directives");
    return builder.build();
}

}  // namespace nfstriage::mkdump
