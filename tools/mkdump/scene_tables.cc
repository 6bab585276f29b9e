// Symbol tables, the printk ring and ORC tables of a scene, as a kernel lays them out in memory
// (scripts/kallsyms.c; kernel/module.c, add_kallsyms; kernel/printk/printk.c of v3.5 to v5.9,
// struct printk_log; arch/x86/include/asm/orc_types.h of v4.18 to v6.2).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "mkdump/kallsyms_writer.h"
#include "mkdump/scene.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::size_t kFewestSymbols = 1024;  // a real kernel has 100,000; readers expect hundreds
constexpr std::uint64_t kFillerStep = 64;
constexpr std::uint64_t kPercpuEnd = 1 << 24;  // per-CPU symbols of x86_64 count from 0
constexpr unsigned kLogShift = 17;             // CONFIG_LOG_BUF_SHIFT

bool by_address(const SceneSymbol& a, const SceneSymbol& b) { return a.address < b.address; }

// The symbols with one more behind each that has a size and no neighbour: what lies there is not
// said, but it is another function.
std::vector<SceneSymbol> with_ends(std::vector<SceneSymbol> symbols, std::string_view prefix) {
    std::stable_sort(symbols.begin(), symbols.end(), by_address);
    std::vector<SceneSymbol> result;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        result.push_back(symbols[i]);
        std::uint64_t end = symbols[i].address + symbols[i].size;
        if (symbols[i].size == 0 || (i + 1 < symbols.size() && symbols[i + 1].address <= end))
            continue;
        result.push_back(
            {fmt::format("{}_{:x}", prefix, end & UINT32_MAX), end, 0, symbols[i].type});
    }
    return result;
}

}  // namespace

SceneModule* Scene::find_module(std::string_view name) {
    for (SceneModule& module : modules_)
        if (module.name == name) return &module;
    return nullptr;
}

bool Scene::has_module(std::string_view name) const {
    return std::any_of(modules_.begin(), modules_.end(),
                       [&](const SceneModule& module) { return module.name == name; });
}

std::string Scene::symbol(const Words& words, std::string_view module) {
    auto numbers = words.size() >= 3 ? values(words, 2, 1) : std::nullopt;
    if (words[0].size() != 1 || !numbers || numbers->size() > 2) return "TYPE NAME ADDRESS [SIZE]";
    SceneSymbol symbol{std::string(words[1]), (*numbers)[0],
                       numbers->size() == 2 ? (*numbers)[1] : 0, words[0].front()};
    by_name_.try_emplace(symbol.name, symbol.address);
    if (module.empty())
        symbols_.push_back(std::move(symbol));
    else
        find_module(module)->symbols.push_back(std::move(symbol));
    return {};
}

std::string Scene::module(const Words& words) {
    constexpr const char* kUsage = "module NAME ADDRESS BASE SIZE TEXT_SIZE TABLES";
    auto given = words.size() == 7 ? values(words, 2, 5) : std::nullopt;
    if (!given || has_module(words[1])) return kUsage;
    std::string name(words[1]);
    std::uint64_t address = (*given)[0];
    modules_.push_back({name, address, (*given)[4], {}});
    auto set = [&](std::string_view member, std::string value) {
        return this->member(address, "struct module", {member, value}, value);
    };
    for (auto [member, value] : {std::pair<std::string_view, std::string>{"state", "0"},
                                 {"name", '"' + name + '"'},
                                 {"core_layout.base", hex((*given)[1])},
                                 {"core_layout.size", hex((*given)[2])},
                                 {"core_layout.text_size", hex((*given)[3])},
                                 {"kallsyms", hex((*given)[4])}})
        if (auto wrong = set(member, value); !wrong.empty()) return wrong;
    return {};
}

// struct mod_kallsyms, behind it the ELF symbols and their names. load_module() puts the letter
// that /proc/kallsyms prints into st_info.
std::string Scene::write_module(const SceneModule& module) {
    auto symtab = find_member("struct mod_kallsyms", "symtab");
    auto count = find_member("struct mod_kallsyms", "num_symtab");
    auto strtab = find_member("struct mod_kallsyms", "strtab");
    if (!symtab || !count || !strtab) return "types that describe struct mod_kallsyms";
    auto symbols = with_ends(module.symbols, module.name + "_made_up");
    constexpr std::uint64_t kElfSymbol = 24, kHeader = 64;
    File table(kElfSymbol), names(1);  // the first entry of both is empty
    for (const SceneSymbol& symbol : symbols) {
        std::uint64_t at = table.size();
        put_number(table, at, names.size(), 4);
        put_number(table, at + 4, static_cast<std::uint8_t>(symbol.type), 1);
        put_number(table, at + 6, 1, 2);
        put_number(table, at + 8, symbol.address, 8);
        put_number(table, at + 16, symbol.size, 8);
        put_text(names, names.size(), symbol.name);
        names.push_back(0);
    }
    File head(kHeader);
    put_number(head, symtab->offset, module.tables + kHeader, 8);
    put_number(head, count->offset, symbols.size() + 1, 4);
    put_number(head, strtab->offset, module.tables + kHeader + table.size(), 8);
    write(module.tables, head);
    write(module.tables + kHeader, table);
    write(module.tables + kHeader + table.size(), names);
    return {};
}

std::string Scene::kallsyms(const Words& words) {
    auto given = values(words, 1, 1);
    if (!given || given->size() != 1) return "kallsyms ADDRESS";
    kallsyms_at_ = (*given)[0];
    return {};
}

std::vector<SceneSymbol> Scene::symbols() const { return with_ends(symbols_, "made_up"); }

std::string Scene::write_kallsyms() {
    auto all = symbols();
    std::uint64_t last = all.empty() ? *kallsyms_at_ : std::max(all.back().address, *kallsyms_at_);
    while (all.size() < kFewestSymbols) {
        last = (last / kFillerStep + 1) * kFillerStep;
        all.push_back({fmt::format("made_up_{:x}", last & UINT32_MAX), last, 0, 'd'});
    }
    bool arm = kernel_.machine().arch == Arch::aarch64;
    KallsymsImage image;
    image.addressing = arm ? layout::KallsymsAddressing::base_relative
                           : layout::KallsymsAddressing::absolute_percpu;
    image.wide_markers = true;
    for (const SceneSymbol& symbol : all) {
        bool absolute = !arm && symbol.address < kPercpuEnd;
        if (!absolute && symbol.address < kernel_.image())
            return "symbol " + symbol.name + " inside the image";
        image.symbols.emplace_back(symbol.type + symbol.name, symbol.address);
    }
    image.relative_base = kernel_.image();
    write(*kallsyms_at_, image.write(VAddr{*kallsyms_at_}, 0));
    return {};
}

std::string Scene::log_line(std::string_view text) {
    constexpr const char* kUsage = "[SECONDS.MICROSECONDS] TEXT";
    text = trim(text);
    std::size_t close = text.find(']');
    std::size_t dot = text.find('.');
    if (!text.starts_with('[') || close == text.npos || dot > close) return kUsage;
    auto seconds = parse_unsigned(trim(text.substr(1, dot - 1)));
    auto micros = parse_unsigned(text.substr(dot + 1, close - dot - 1));
    if (!seconds || !micros || close - dot != 7) return kUsage;
    std::string_view body = text.substr(close + 1);
    if (body.starts_with(' ')) body.remove_prefix(1);
    log_.push_back({*seconds * 1'000'000'000 + *micros * 1000, std::string(body), invented_});
    return {};
}

// The ring is named by VMCOREINFO; its variables are symbols of the recipe.
std::string Scene::write_log() {
    constexpr std::uint64_t kHeader = 16, kAlign = 4;
    std::map<std::string_view, std::uint64_t> places;
    for (const char* name :
         {"__log_buf", "log_buf", "log_buf_len", "log_first_idx", "log_next_idx"}) {
        auto place = value(name);
        if (!place) return std::string("the symbol ") + name + " for the log";
        places[name] = *place;
        if (std::string_view(name) != "__log_buf") kernel_.symbol(name, *place);
    }
    for (const char* line :
         {"SIZE(printk_log)=16", "OFFSET(printk_log.ts_nsec)=0", "OFFSET(printk_log.len)=8",
          "OFFSET(printk_log.text_len)=10", "OFFSET(printk_log.dict_len)=12"})
        kernel_.machine().vmcoreinfo.emplace_back(line);
    File ring;
    for (const auto& [time, text, invented] : log_) {
        std::uint64_t at = ring.size();
        std::uint64_t length = (kHeader + text.size() + kAlign - 1) / kAlign * kAlign;
        put_number(ring, at, time, 8);
        put_number(ring, at + 8, length, 2);
        put_number(ring, at + 10, text.size(), 2);
        put_text(ring, at + kHeader, text);
        ring.resize(at + length);
    }
    std::uint64_t used = ring.size();
    if (used >= 1 << kLogShift) return "a log of less than 128 KiB";
    ring.resize(1 << kLogShift);
    write(places["__log_buf"], ring);
    write_u64(places["log_buf"], places["__log_buf"]);
    File word;
    put_number(word, 0, ring.size(), 4);
    write(places["log_buf_len"], word);
    put_number(word, 0, 0, 4);
    write(places["log_first_idx"], word);
    put_number(word, 0, used, 4);
    write(places["log_next_idx"], word);
    return {};
}

std::string Scene::orc_line(const Words& words) {
    constexpr const char* kUsage =
        "ADDRESS call|regs|regs_partial sp|bp|sp_indirect|bp_indirect OFFSET [prev_sp|bp OFFSET], "
        "or ADDRESS end";
    constexpr std::array<std::string_view, 10> kRegisters{
        "undefined", "prev_sp", "dx", "di", "bp", "sp", "r10", "r13", "bp_indirect", "sp_indirect"};
    constexpr std::array<std::string_view, 3> kTypes{"call", "regs", "regs_partial"};
    auto rank = [](auto& names, std::string_view name) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) -
                                        names.begin());
    };
    auto address = value(words[0]);
    SceneOrc entry;
    if (!address) return kUsage;
    entry.address = *address;
    if (words.size() == 2 && words[1] == "end") {
        entry.end = 1;
        orc_.push_back(entry);
        return {};
    }
    if (words.size() != 4 && words.size() != 6) return kUsage;
    std::size_t type = rank(kTypes, words[1]), sp = rank(kRegisters, words[2]), bp = 0;
    auto sp_offset = value(words[3]);
    std::optional<std::uint64_t> bp_offset = 0;
    if (words.size() == 6) {
        bp = rank(kRegisters, words[4]);
        bp_offset = value(words[5]);
    }
    if (type >= kTypes.size() || sp >= kRegisters.size() || bp >= kRegisters.size() || !sp_offset ||
        !bp_offset)
        return kUsage;
    entry.type = static_cast<unsigned>(type);
    entry.sp_reg = static_cast<unsigned>(sp);
    entry.bp_reg = static_cast<unsigned>(bp);
    entry.sp_offset = static_cast<std::int16_t>(*sp_offset);
    entry.bp_offset = static_cast<std::int16_t>(*bp_offset);
    orc_.push_back(entry);
    return {};
}

std::string Scene::end_orc(std::uint64_t at, std::string_view module) {
    std::stable_sort(orc_.begin(), orc_.end(),
                     [](const SceneOrc& a, const SceneOrc& b) { return a.address < b.address; });
    File ip, entries;
    for (const SceneOrc& entry : orc_) {
        put_number(ip, ip.size(), entry.address - (at + ip.size()), 4);
        std::uint64_t to = entries.size();
        put_number(entries, to, static_cast<std::uint16_t>(entry.sp_offset), 2);
        put_number(entries, to + 2, static_cast<std::uint16_t>(entry.bp_offset), 2);
        put_number(entries, to + 4,
                   entry.sp_reg | entry.bp_reg << 4 | entry.type << 8 | entry.end << 10, 2);
    }
    std::uint64_t count = orc_.size(), entries_at = at + ip.size();
    orc_.clear();
    write(at, ip);
    write(entries_at, entries);
    if (module.empty()) {
        auto add = [&](const char* name, std::uint64_t address) {
            symbols_.push_back({name, address, 0, 'r'});
            by_name_[name] = address;
        };
        add("__start_orc_unwind_ip", at);
        add("__stop_orc_unwind_ip", entries_at);
        add("__start_orc_unwind", entries_at);
        add("__stop_orc_unwind", entries_at + entries.size());
        return {};
    }
    std::uint64_t address = find_module(module)->address;
    for (auto [member, number] :
         {std::pair<std::string_view, std::uint64_t>{"arch.num_orcs", count},
          {"arch.orc_unwind_ip", at},
          {"arch.orc_unwind", entries_at}}) {
        std::string text = hex(number);
        auto wrong = this->member(address, "struct module", {member, text}, text);
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::vector<unsigned> Scene::shown_log_lines() const {
    std::vector<unsigned> lines;
    for (std::size_t i = 0; i < log_.size(); ++i)
        if (!log_[i].invented) lines.push_back(static_cast<unsigned>(i + 1));
    return lines;
}

std::string Scene::finish() {
    invented_ = true;  // how the tables lie
    for (const SceneModule& module : modules_)
        if (auto wrong = write_module(module); !wrong.empty()) return wrong;
    if (kallsyms_at_)
        if (auto wrong = write_kallsyms(); !wrong.empty()) return wrong;
    if (!log_.empty()) return write_log();
    return {};
}

}  // namespace nfstriage::mkdump
