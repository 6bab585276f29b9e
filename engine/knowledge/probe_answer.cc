#include "knowledge/probe_answer.h"

#include "facts/code.h"

namespace nfstriage::knowledge {
namespace {

// How much a negative answer is worth.
enum class Ground : std::uint8_t {
    weak,   // what was asked for may hide: inlined, renamed, in a module that is not loaded
    body,   // the whole body of a function was read
    whole,  // all of what was asked about was read, and nothing can hide it
};

struct ProbeAnswer {
    Presence presence = Presence::unknown;
    Ground ground = Ground::weak;  // of absence
    std::string why;
};

// Symbol tables of whole modules may be missing, so "not there" is never whole.
ProbeAnswer ask_symbol(const Probe& probe, const facts::Scene& scene) {
    if (scene.symbols == nullptr) return {Presence::unknown, {}, "no symbol table to ask"};
    if (scene.symbols->address(probe.name)) return {Presence::present, {}, probe.name + " exists"};
    if (scene.code) {
        facts::CodeAnswer inlined = scene.code->exists(probe.name);
        if (inlined.holds == Tri::yes) return {Presence::present, {}, inlined.why};
    }
    return {Presence::absent, Ground::weak,
            "no symbol " + probe.name + " (it may be inlined, or its module not loaded)"};
}

ProbeAnswer ask_member(const Probe& probe, const facts::Scene& scene) {
    if (scene.types == nullptr) return {Presence::unknown, {}, "no type information to ask"};
    auto has = scene.types->has_member(probe.structure, probe.member);
    if (!has) return {Presence::unknown, {}, describe(probe) + ": " + to_string(has.error())};
    if (*has) return {Presence::present, {}, describe(probe) + " exists"};
    return {Presence::absent, Ground::whole,
            probe.structure + " is described whole and has no member " + probe.member};
}

ProbeAnswer ask_enumerator(const Probe& probe, const facts::Scene& scene) {
    if (scene.types == nullptr) return {Presence::unknown, {}, "no type information to ask"};
    if (scene.types->enumerator(probe.name))
        return {Presence::present, {}, "enumerator " + probe.name + " exists"};
    return {Presence::absent, Ground::weak, "no enumerator " + probe.name};
}

facts::CodeAnswer ask_code(const Probe& probe, facts::Code& code) {
    using facts::CallScope;
    switch (probe.kind) {
        case ProbeKind::inlines:
            return code.inlines(probe.caller, probe.callee);
        case ProbeKind::instruction:
            return code.changes_bit(probe.caller, probe.structure, probe.member, probe.bit);
        case ProbeKind::text:
            return code.has_string("nfs", probe.name);
        default:
            return code.calls(probe.caller, probe.callee,
                              probe.own ? CallScope::own : CallScope::body);
    }
}

// A positive answer names its instruction and is good. That a call is missing says as little of a
// commit when it is wanted (no_call) as when it is not: code without it is older, or newer and
// rewritten. So no_call never shows a commit, it only leaves the word of what was read.
ProbeAnswer ask_about_code(const Probe& probe, const facts::Scene& scene) {
    if (!scene.code) return {Presence::unknown, {}, "not read here: " + describe(probe)};
    facts::CodeAnswer answer = ask_code(probe, *scene.code);
    if (probe.kind == ProbeKind::no_call) {
        Presence presence = answer.holds == Tri::yes ? Presence::absent : Presence::unknown;
        return {presence, Ground::weak, answer.why};
    }
    if (answer.holds == Tri::yes) return {Presence::present, {}, answer.why};
    if (answer.holds == Tri::no) {
        bool data = probe.kind == ProbeKind::text;  // of the modules that are loaded
        bool inlining_told = scene.code->knows_inlining();
        Ground ground = data ? Ground::weak : inlining_told ? Ground::whole : Ground::body;
        return {Presence::absent, ground, answer.why};
    }
    // A function that is nowhere is a weak ground, as a missing symbol is.
    bool missing = answer.reason == Reason::no_symbol && scene.symbols != nullptr &&
                   !scene.symbols->address(probe.caller);
    return {missing ? Presence::absent : Presence::unknown, Ground::weak, answer.why};
}

ProbeAnswer ask(const Probe& probe, const facts::Scene& scene) {
    switch (probe.kind) {
        case ProbeKind::symbol:
            return ask_symbol(probe, scene);
        case ProbeKind::member:
            return ask_member(probe, scene);
        case ProbeKind::enumerator:
            return ask_enumerator(probe, scene);
        case ProbeKind::call:
        case ProbeKind::no_call:
        case ProbeKind::inlines:
        case ProbeKind::instruction:
        case ProbeKind::text:
            break;
    }
    return ask_about_code(probe, scene);
}

}  // namespace

CommitHere by_probe(const Commit& commit, const facts::Scene& scene) {
    CommitHere here{&commit, Presence::unknown, Basis::none, ""};
    bool all_negative = !commit.any_of.empty(), whole = false, body = false;
    for (const Probe& probe : commit.any_of) {
        ProbeAnswer answer = ask(probe, scene);
        if (answer.presence == Presence::present)
            return {&commit, Presence::present, Basis::probe, answer.why};
        all_negative = all_negative && answer.presence == Presence::absent;
        whole = whole || answer.ground == Ground::whole;
        body = body || answer.ground == Ground::body;
        here.why += (here.why.empty() ? "" : "; ") + answer.why;
    }
    if (all_negative && (whole || (body && commit.any_of.size() > 1))) {
        here.presence = Presence::absent;
        here.basis = Basis::probe;
    }
    if (commit.any_of.empty()) here.why = "no probe is known that shows this commit";
    return here;
}

Tri has_none_of(const std::vector<std::string>& functions, const facts::Scene& scene) {
    if (scene.symbols == nullptr) return Tri::unknown;
    for (const std::string& function : functions) {
        if (!scene.symbols->clones(function).empty()) return Tri::no;
        if (!scene.symbols->proves_absence(function)) return Tri::unknown;
    }
    return Tri::yes;
}

}  // namespace nfstriage::knowledge
