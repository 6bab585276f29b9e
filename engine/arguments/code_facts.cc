#include "arguments/code_facts.h"

#include <algorithm>

#include "base/frame.h"

namespace nfstriage::arguments {
namespace {

using Code = std::shared_ptr<const FunctionCode>;

constexpr std::size_t kMostFunctions = 64;  // of one name
constexpr std::uint64_t kLowestKernelAddress = std::uint64_t{1} << 63;
constexpr std::size_t kLongestText = 1024;  // bytes of a string that are looked at

// Allocation profiling (v6.10) calls kmalloc() kmalloc_noprof.
std::string_view plain(std::string_view name) {
    name = without_suffix(name);
    constexpr std::string_view kNoProfile = "_noprof";
    if (name.ends_with(kNoProfile)) name.remove_suffix(kNoProfile.size());
    return name;
}

CodeAnswer unknown_because(Reason reason, std::string why) {
    return {Tri::unknown, reason, std::move(why), {}};
}

CodeAnswer incomplete(const CodeFacts::Body& body) {
    return unknown_because(body.reason, body.why);
}

bool leaves(const FunctionCode& function, const isa::Instruction& instruction) {
    bool goes = instruction.flow == isa::Flow::call || instruction.flow == isa::Flow::jump ||
                instruction.flow == isa::Flow::branch;
    if (!goes || !instruction.target) return false;
    VAddr target{*instruction.target};
    return instruction.flow == isa::Flow::call
               ? target == function.entry || !function.contains(target)
               : !function.contains(target);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text)
        if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) >= 0x20)
            out += c;
    return out + "\"";
}

}  // namespace

CodeFacts::CodeFacts(CodeReader& reader, InlineSource source)
    : reader_(reader), source_(std::move(source)) {}

std::string CodeFacts::place(const FunctionCode& function, VAddr instruction) {
    for (const CodeRange& part : function.parts)
        if (instruction >= part.begin && instruction < part.end && part.begin != function.entry)
            return function.name + " (cold) " + hex(instruction);
    return function.name + "+" + hex(instruction - function.entry);
}

Tri CodeFacts::is_own(VAddr instruction, std::string_view function) {
    if (!source_.source_of) return Tri::unknown;
    auto frames = source_.source_of(instruction);
    if (!frames || frames->empty()) return Tri::unknown;
    return tri(plain(frames->front().function) == plain(function));
}

const CodeFacts::Body& CodeFacts::body_of(std::string_view name) {
    auto known = bodies_.find(name);
    if (known != bodies_.end()) return known->second;
    Body body;
    auto fail = [&](const Unknown& why) {
        body.reason = why.reason;
        body.why = why.what.empty() ? std::string(name) : why.what;
        body.complete = false;
    };
    auto add = [&](std::string_view function) {
        for (const layout::Symbol& symbol : reader_.symbols().clones(function)) {
            if (!reader_.symbols().is_text(symbol.address)) continue;
            auto code = reader_.function_at(symbol.address);
            if (!code) {
                fail(code.error());
                continue;
            }
            bool have = std::any_of(body.functions.begin(), body.functions.end(),
                                    [&](const Code& c) { return c->entry == (*code)->entry; });
            if (have) continue;
            if (body.functions.size() == kMostFunctions) {
                fail({Reason::budget, "too many functions called " + std::string(name)});
                return;
            }
            body.functions.push_back(*code);
            if (!(*code)->complete) fail({Reason::not_dumped, (*code)->name + ": " + (*code)->why});
        }
    };
    add(name);
    if (body.functions.empty() && body.complete && source_.hosts) {
        for (const std::string& host : source_.hosts(name)) add(host);
        body.hosted = !body.functions.empty();
    }
    if (body.functions.empty() && body.complete)
        fail({Reason::no_symbol, "no function " + std::string(name) + " (it may be inlined)"});
    return bodies_.emplace(std::string(name), std::move(body)).first->second;
}

const std::set<std::uint64_t>& CodeFacts::entries_of(std::string_view function) {
    auto known = entries_.find(function);
    if (known != entries_.end()) return known->second;
    std::set<std::uint64_t> entries;
    for (const std::string& name : {std::string(function), std::string(function) + "_noprof"})
        for (const layout::Symbol& symbol : reader_.symbols().clones(name))
            if (symbol.name.find(".cold") == std::string::npos)
                entries.insert(symbol.address.value);
    return entries_.emplace(std::string(function), std::move(entries)).first->second;
}

// Whether a call of `target` ends up at one of `entries`. A function that begins with a jump is a
// function; only code without a name of its own, and trampolines of static calls, lead on.
bool CodeFacts::arrives(VAddr target, const std::set<std::uint64_t>& entries) {
    if (entries.contains(target.value)) return true;
    if (entries.empty()) return false;
    VAddr end = reader_.follow_jumps(target);
    if (end == target || !entries.contains(end.value)) return false;
    auto symbol = reader_.symbols().find(target);
    return !symbol || symbol->offset != 0 || symbol->symbol.name.starts_with("__SCT__");
}

CodeAnswer CodeFacts::calls(std::string_view caller, std::string_view callee, CallScope scope) {
    const Body& body = body_of(caller);
    const std::set<std::uint64_t>& entries = entries_of(callee);
    bool own = scope == CallScope::own || body.hosted;
    bool undecided = false;
    CodeAnswer answer;
    for (const Code& function : body.functions) {
        for (const isa::Instruction& instruction : function->instructions) {
            if (!leaves(*function, instruction)) continue;
            if (!arrives(VAddr{*instruction.target}, entries)) continue;
            VAddr site{instruction.address};
            Tri counts = own ? is_own(site, caller) : Tri::yes;
            undecided = undecided || counts == Tri::unknown;
            if (counts != Tri::yes) continue;
            if (answer.sites.empty())
                answer.why = place(*function, site) + " calls " + std::string(callee);
            answer.sites.push_back(site);
        }
    }
    if (!answer.sites.empty()) {
        answer.holds = Tri::yes;
        std::sort(answer.sites.begin(), answer.sites.end());
        return answer;
    }
    if (undecided)
        return unknown_because(Reason::no_type, "whether " + std::string(caller) +
                                                    " or a function inlined into it calls " +
                                                    std::string(callee));
    if (!body.complete) return incomplete(body);
    if (body.hosted)
        return unknown_because(Reason::no_symbol, std::string(caller) +
                                                      " is inlined everywhere: its end cannot be "
                                                      "told from its callers'");
    return not_called(body, caller, callee);
}

// No direct call is in the whole body: inlining may hide it.
CodeAnswer CodeFacts::not_called(const Body& body, std::string_view caller,
                                 std::string_view callee) {
    std::string claim =
        "the whole of " + std::string(caller) + " has no call of " + std::string(callee);
    bool whole = true;
    std::vector<VAddr> sites = inlined(body, callee, "", whole);
    if (!sites.empty())
        return {Tri::yes, Reason::no_symbol,
                std::string(callee) + " is inlined into " + std::string(caller) + " at " +
                    hex(sites.front()),
                std::move(sites)};
    const std::set<std::uint64_t>& entries = entries_of(callee);
    if (entries.empty())
        if (auto target = unknown_target(body))
            return unknown_because(Reason::no_symbol, "a call in " + std::string(caller) +
                                                          " goes to " + hex(*target) +
                                                          ", where no symbol is");
    if (whole) return {Tri::no, Reason::no_symbol, claim, {}};
    // Without link-time optimisation a function of another object is never inlined. Its name is
    // global; a header's static function would be in each object that uses it.
    bool elsewhere = !entries.empty();
    for (const layout::Symbol& symbol : reader_.symbols().clones(callee)) {
        bool global = symbol.type == 'T' || symbol.type == 'W';
        bool same = std::any_of(body.functions.begin(), body.functions.end(),
                                [&](const Code& c) { return c->module == symbol.module; });
        elsewhere = elsewhere && global && !same;
    }
    if (elsewhere) return {Tri::no, Reason::no_symbol, claim, {}};
    return unknown_because(Reason::no_type, claim + ", but it may be inlined there");
}

std::optional<VAddr> CodeFacts::unknown_target(const Body& body) {
    for (const Code& function : body.functions)
        for (const isa::Instruction& instruction : function->instructions) {
            if (!leaves(*function, instruction)) continue;
            auto symbol = reader_.symbols().find(VAddr{*instruction.target});
            if (symbol && symbol->offset == 0 && !symbol->symbol.name.starts_with("__SCT__"))
                continue;
            auto end = reader_.symbols().find(reader_.follow_jumps(VAddr{*instruction.target}));
            if (!end || end->offset != 0) return VAddr{*instruction.target};
        }
    return std::nullopt;
}

std::vector<VAddr> CodeFacts::inlined(const Body& body, std::string_view function,
                                      std::string_view into, bool& whole) {
    whole = knows_inlining();
    std::vector<VAddr> sites;
    if (!whole) return sites;
    for (const Code& code : body.functions)
        for (const CodeRange& part : code->parts)
            whole = look_for_inlined(*code, part, function, into, sites) && whole;
    std::sort(sites.begin(), sites.end());
    return sites;
}

// False if something of the part has no source. Padding between functions has none, nor has what
// ftrace keeps in front of the next one (aarch64, DYNAMIC_FTRACE_WITH_CALL_OPS: 8 bytes).
bool CodeFacts::look_for_inlined(const FunctionCode& code, const CodeRange& part,
                                 std::string_view function, std::string_view into,
                                 std::vector<VAddr>& sites) {
    constexpr std::uint64_t kInFront = 16;
    bool whole = true;
    std::optional<VAddr> untold;  // since the last instruction with a source
    for (const isa::Instruction& instruction : code.instructions) {
        VAddr site{instruction.address};
        if (site < part.begin || site >= part.end) continue;
        auto frames = source_.source_of(site);
        if (!frames) {
            bool padding = instruction.memory.empty() && instruction.writes == 0;
            if (!padding && !untold) untold = site;
            continue;
        }
        whole = whole && !untold;
        for (std::size_t i = 0; i + 1 < frames->size(); ++i)
            if (plain((*frames)[i].function) == plain(function) &&
                (into.empty() || plain((*frames)[i + 1].function) == plain(into)))
                sites.push_back(site);
    }
    return whole && (!untold || part.end - *untold <= kInFront);
}

CodeAnswer CodeFacts::inlines(std::string_view caller, std::string_view callee) {
    CodeAnswer called = calls(caller, callee, CallScope::own);
    if (called.holds == Tri::yes) return called;
    const Body& body = body_of(caller);
    bool whole = true;
    std::vector<VAddr> sites = inlined(body, callee, caller, whole);
    if (!sites.empty())
        return {Tri::yes, Reason::no_symbol,
                std::string(callee) + " is inlined into " + std::string(caller) + " at " +
                    hex(sites.front()),
                std::move(sites)};
    if (!body.complete) return incomplete(body);
    if (!whole)
        return unknown_because(Reason::no_type,
                               "nothing tells what was inlined into " + std::string(caller));
    if (body.hosted || called.holds == Tri::unknown) return called;
    return {
        Tri::no,
        Reason::no_symbol,
        "the whole of " + std::string(caller) + " neither inlines nor calls " + std::string(callee),
        {}};
}

CodeAnswer CodeFacts::exists(std::string_view function) {
    for (const layout::Symbol& symbol : reader_.symbols().clones(function))
        if (reader_.symbols().is_text(symbol.address))
            return {Tri::yes, Reason::no_symbol, symbol.name + " exists", {symbol.address}};
    if (!source_.hosts)
        return unknown_because(Reason::no_type, "no function " + std::string(function) +
                                                    ", but it may be inlined everywhere");
    std::vector<std::string> hosts = source_.hosts(function);
    if (!hosts.empty())
        return {Tri::yes,
                Reason::no_symbol,
                std::string(function) + " is inlined into " + hosts.front(),
                {}};
    return {Tri::no,
            Reason::no_symbol,
            "no function " + std::string(function) + ", neither by itself nor inlined",
            {}};
}

// The addresses that a body makes are constants, or sums of them made in steps (adrp, add), which
// stand close together: what a register holds is followed in the order of the code, and forgotten
// where anything else writes it.
CodeAnswer CodeFacts::refers_to_text(std::string_view name, std::string_view text, bool whole) {
    const Body& body = body_of(name);
    CodeAnswer answer;
    bool unread = false;
    auto look = [&](const FunctionCode& function, VAddr site, std::uint64_t value) {
        if (value < kLowestKernelAddress || reader_.symbols().is_text(VAddr{value})) return;
        auto found = reader_.memory().cstring(VAddr{value}, kLongestText);
        if (!found) {
            unread = unread || found.error().reason != Reason::unmapped;
            return;
        }
        if (whole ? *found != text : found->find(text) == std::string::npos) return;
        if (answer.sites.empty())
            answer.why = place(function, site) + " refers to " + quoted(*found);
        answer.sites.push_back(site);
    };
    for (const Code& function : body.functions) {
        std::array<std::optional<std::uint64_t>, isa::kRegisters> known;
        for (const isa::Instruction& instruction : function->instructions) {
            VAddr site{instruction.address};
            auto before = known;
            for (unsigned r = 0; r < isa::kRegisters; ++r)
                if (instruction.writes & isa::bit(static_cast<isa::Register>(r))) known[r].reset();
            for (const isa::Effect& effect : instruction.effects) {
                std::optional<std::uint64_t> value;
                if (effect.kind == isa::Effect::Kind::constant) value = effect.value;
                if (effect.kind == isa::Effect::Kind::copy) value = before[effect.from];
                if (effect.kind == isa::Effect::Kind::sum && before[effect.from])
                    value = *before[effect.from] + effect.value;
                if (!value || effect.bits != 64) continue;
                known[effect.to] = value;
                look(*function, site, *value);
            }
            for (const isa::Store& store : instruction.stores)
                if (store.known && !store.from) look(*function, site, store.value);
        }
    }
    if (!answer.sites.empty()) {
        answer.holds = Tri::yes;
        return answer;
    }
    if (!body.complete) return incomplete(body);
    if (unread)
        return unknown_because(Reason::not_dumped,
                               "a string that " + std::string(name) + " refers to");
    if (body.hosted)
        return unknown_because(Reason::no_symbol, std::string(name) + " is inlined everywhere");
    return {Tri::no,
            Reason::no_symbol,
            "the whole of " + std::string(name) + " refers to no " + quoted(text),
            {}};
}

}  // namespace nfstriage::arguments
