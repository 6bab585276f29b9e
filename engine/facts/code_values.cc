// Facts about the kernel's code: answers of facts/code.h as values, with the instruction that shows
// them.
#include "facts/code.h"
#include "facts/facts.h"

namespace nfstriage::facts {
namespace {

using Source = Provenance::Source;

Value value_of(CodeAnswer answer, Source source) {
    Provenance from{source, answer.why, {}, {}, {}};
    if (answer.holds == Tri::unknown)
        return Value(Unknown{answer.reason, std::move(answer.why)}, std::move(from));
    if (!answer.sites.empty()) from.address = answer.sites.front().value;
    return Value(Value::Data(answer.holds == Tri::yes), Trust::registers, std::move(from));
}

Value without_code(const Scene& scene, std::string what) {
    Reason reason = scene.input.is_dump ? Reason::no_decoder : Reason::not_in_log;
    Provenance from{Source::instruction, what, {}, {}, {}};
    return Value(Unknown{reason, std::move(what)}, std::move(from));
}

std::string words(std::string_view a, std::string_view verb, std::string_view b) {
    return std::string(a) + " " + std::string(verb) + " " + std::string(b);
}

}  // namespace

Value Facts::calls(std::string_view caller, std::string_view callee) const {
    if (!scene_.code) return without_code(scene_, words(caller, "calls", callee));
    return value_of(scene_.code->calls(caller, callee, CallScope::body), Source::instruction);
}

Value Facts::inlines(std::string_view caller, std::string_view callee) const {
    if (!scene_.code) return without_code(scene_, words(caller, "inlines", callee));
    return value_of(scene_.code->inlines(caller, callee), Source::instruction);
}

Value Facts::prints(std::string_view function, std::string_view text) const {
    if (!scene_.code) return without_code(scene_, words(function, "prints", text));
    return value_of(scene_.code->refers_to_text(function, text, false), Source::instruction);
}

Value Facts::touches(std::string_view function, std::string_view structure,
                     std::string_view member) const {
    std::string type(structure);
    if (!type.starts_with("struct ") && !type.starts_with("union ")) type = "struct " + type;
    if (!scene_.code)
        return without_code(scene_, words(function, "touches", type + "." + std::string(member)));
    return value_of(scene_.code->touches(function, type, member), Source::instruction);
}

Value Facts::has_string(std::string_view module, std::string_view text) const {
    if (!scene_.code) return without_code(scene_, words(module, "has the string", text));
    return value_of(scene_.code->has_string(module, text), Source::memory);
}

}  // namespace nfstriage::facts
