// The contents of a made-up kernel that recipes describe by name: symbols (kallsyms in memory),
// modules with their symbol tables, per-CPU areas, objects written by member, rings of list_heads,
// the printk ring of v3.5 to v5.9, call instructions and ORC tables. Layouts are asked from type
// information (BTF), never assumed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/types.h"
#include "mkdump/kernel.h"

namespace nfstriage::mkdump {

using Words = std::vector<std::string_view>;

struct SceneSymbol {
    std::string name;
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // 0: up to the next symbol
    char type = 't';
};

struct SceneModule {
    std::string name;
    std::uint64_t address = 0;  // of its struct module
    std::uint64_t tables = 0;   // where its symbol table is written
    std::vector<SceneSymbol> symbols;
};

struct SceneOrc {
    std::uint64_t address = 0;  // from here on
    std::int16_t sp_offset = 0, bp_offset = 0;
    unsigned sp_reg = 0, bp_reg = 0, type = 0, end = 0;
};

class Scene {
    struct LogLine {
        std::uint64_t time_ns = 0;
        std::string text;
        bool invented = false;
    };

public:
    // `types` may be null: then objects and modules cannot be written. Both must outlive this.
    Scene(Kernel& kernel, const layout::Types* types) : kernel_(kernel), types_(types) {}

    // From now on what is written is (or is not) invented: not shown by the case.
    void set_invented(bool invented) { invented_ = invented; }
    // Memory and lines of the log (the first is 1) that are not invented.
    const std::vector<dump::VRange>& shown() const { return shown_; }
    std::vector<unsigned> shown_log_lines() const;

    void write(std::uint64_t address, std::span<const std::uint8_t> bytes);
    void write_u64(std::uint64_t address, std::uint64_t value);

    // "0x10", "modules", "runqueues@3" (a per-CPU symbol on CPU 3), sums and differences of these.
    std::optional<std::uint64_t> value(std::string_view expression) const;
    std::optional<std::vector<std::uint64_t>> values(const Words& words, std::size_t from,
                                                     std::size_t least) const;

    // Each answers what was expected, or nothing when it is done.
    std::string symbol(const Words& words, std::string_view module);  // TYPE NAME ADDRESS [SIZE]
    std::string module(const Words& words);  // module NAME ADDRESS tables ADDRESS
    std::string percpu(const Words& words);  // percpu CPU OFFSET
    std::string member(std::uint64_t object, const std::string& type, const Words& words,
                       std::string_view rest);    // MEMBER VALUE | MEMBER "text"
    std::string ring(const Words& words);         // ring TYPE MEMBER HEAD|- OBJECT ...
    std::string call(const Words& words);         // call RETURN_ADDRESS [TARGET]
    std::string log_line(std::string_view text);  // [SECONDS.MICROSECONDS] TEXT
    std::string orc_line(const Words& words);     // ADDRESS TYPE SP_REG OFFSET [BP_REG OFFSET]
    std::string end_orc(std::uint64_t at, std::string_view module);
    std::string kallsyms(const Words& words);  // kallsyms ADDRESS

    bool has_module(std::string_view name) const;
    // Writes what depends on everything before it: symbol tables and the log.
    std::string finish();

    // Symbols of vmlinux and, by name of the module, of modules, in address order.
    std::vector<SceneSymbol> symbols() const;
    const std::vector<SceneModule>& modules() const { return modules_; }
    std::uint64_t kaslr = 0;  // run-time minus link address

private:
    std::string write_kallsyms();
    std::string write_module(const SceneModule& module);
    std::string write_log();
    Maybe<layout::Member> find_member(const std::string& type, std::string_view path) const;
    SceneModule* find_module(std::string_view name);

    Kernel& kernel_;
    const layout::Types* types_;
    bool invented_ = false;
    std::vector<dump::VRange> shown_;
    std::vector<SceneSymbol> symbols_;
    std::map<std::string, std::uint64_t, std::less<>> by_name_;
    std::vector<SceneModule> modules_;
    std::map<unsigned, std::uint64_t> percpu_;  // CPU → offset
    std::optional<std::uint64_t> kallsyms_at_;
    std::vector<LogLine> log_;
    std::vector<SceneOrc> orc_;
};

}  // namespace nfstriage::mkdump
