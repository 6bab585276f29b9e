#include "rules/test_scene.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "facts/code.h"
#include "facts/from_log.h"
#include "facts/vocabulary.h"

namespace nfstriage::rules {
namespace {

constexpr std::array<std::string_view, 22> kKeys = {"log",
                                                    "replace",
                                                    "log_complete",
                                                    "input",
                                                    "crash.kind",
                                                    "crash.message",
                                                    "crash.function",
                                                    "crash.complete",
                                                    "crash.fault_address",
                                                    "task.pid",
                                                    "task.comm",
                                                    "panic.reason",
                                                    "kernel.arch",
                                                    "frames",
                                                    "frames_complete",
                                                    "registers",
                                                    "stacks",
                                                    "arguments",
                                                    "types",
                                                    "constants",
                                                    "memory",
                                                    "code"};

// Layouts written down in a test.
class WrittenTypes : public layout::Types {
public:
    std::map<std::string, std::map<std::string, layout::Member, std::less<>>, std::less<>>
        structures;
    std::map<std::string, std::int64_t, std::less<>> constants;

    std::string_view source() const override { return "profile"; }
    Maybe<layout::TypeInfo> type(std::string_view name) const override {
        if (!structures.count(name)) return unknown(Reason::no_type, std::string(name));
        layout::TypeInfo info;
        info.kind = layout::TypeKind::structure;
        info.name = std::string(name);
        return info;
    }
    Maybe<layout::Member> member(std::string_view structure, std::string_view path) const override {
        auto known = structures.find(structure);
        if (known == structures.end()) return unknown(Reason::no_type, std::string(structure));
        auto found = known->second.find(path);
        if (found == known->second.end())
            return unknown(Reason::no_type, std::string(structure) + "." + std::string(path));
        return found->second;
    }
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override {
        auto known = structures.find(structure);
        if (known == structures.end()) return unknown(Reason::no_type, std::string(structure));
        return known->second.count(path) != 0;
    }
    Maybe<std::vector<layout::Field>> members(std::string_view structure) const override {
        return unknown(Reason::no_type, std::string(structure));
    }
    Maybe<std::int64_t> enumerator(std::string_view name) const override {
        auto found = constants.find(name);
        if (found == constants.end()) return unknown(Reason::no_type, std::string(name));
        return found->second;
    }
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const override {
        return unknown(Reason::no_type, std::string(function));
    }
};

class WrittenMemory : public dump::Memory {
public:
    std::map<std::uint64_t, std::uint8_t> bytes_at;

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override {
        for (std::size_t i = 0; i < out.size(); ++i) {
            auto found = bytes_at.find(address.value + i);
            if (found == bytes_at.end()) return unknown(Reason::filtered, hex(address));
            out[i] = found->second;
        }
        return {};
    }
};

// What the kernel's code does, written down in a test: "f calls g".
class WrittenCode : public facts::Code {
public:
    std::map<std::string, bool, std::less<>> sentences;

    bool knows_inlining() const override { return true; }
    facts::CodeAnswer calls(std::string_view a, std::string_view b, facts::CallScope) override {
        return look_up(a, "calls", b);
    }
    facts::CodeAnswer inlines(std::string_view a, std::string_view b) override {
        return look_up(a, "inlines", b);
    }
    facts::CodeAnswer exists(std::string_view function) override {
        return look_up(function, "is", "there");
    }
    facts::CodeAnswer refers_to_text(std::string_view a, std::string_view b, bool) override {
        return look_up(a, "prints", b);
    }
    facts::CodeAnswer touches(std::string_view function, std::string_view structure,
                              std::string_view member) override {
        return look_up(function, "touches", std::string(structure) + "." + std::string(member));
    }
    facts::CodeAnswer changes_bit(std::string_view function, std::string_view structure,
                                  std::string_view member, unsigned bit) override {
        return look_up(function, "changes bit " + std::to_string(bit) + " of",
                       std::string(structure) + "." + std::string(member));
    }
    facts::CodeAnswer has_string(std::string_view module, std::string_view text) override {
        return look_up(module, "has_string", text);
    }

private:
    facts::CodeAnswer look_up(std::string_view a, std::string_view verb, std::string_view b) const {
        std::string sentence = std::string(a) + " " + std::string(verb) + " " + std::string(b);
        auto found = sentences.find(sentence);
        if (found == sentences.end())
            return {Tri::unknown, Reason::not_dumped, std::move(sentence), {}};
        return {tri(found->second), Reason::not_dumped, std::move(sentence), {}};
    }
};

std::optional<std::uint64_t> number_of(std::string_view text) {
    if (text.starts_with("0x")) return parse_unsigned(text.substr(2), 16);
    return parse_unsigned(text);
}

// "0x40 unsigned long", "16 struct page *"
std::optional<layout::Member> member_of(std::string_view text) {
    std::size_t blank = text.find(' ');
    auto offset = number_of(text.substr(0, blank));
    if (!offset || blank == std::string_view::npos) return std::nullopt;
    std::string_view type = trim(text.substr(blank + 1));
    layout::Member member;
    member.offset = *offset;
    layout::TypeInfo& info = member.type;
    info.name = std::string(type);
    info.kind = layout::TypeKind::integer;
    info.is_signed = !type.starts_with("unsigned");
    if (type.ends_with("*")) {
        info.kind = layout::TypeKind::pointer;
        info.size = 8;
        info.pointee = std::string(trim(type.substr(0, type.size() - 1)));
    } else if (type.ends_with("long")) {
        info.size = 8;
    } else if (type.ends_with("int")) {
        info.size = 4;
    } else if (type.ends_with("short")) {
        info.size = 2;
    } else if (type.ends_with("char")) {
        info.size = 1;
    } else {
        return std::nullopt;
    }
    return member;
}

Frame frame_of(std::string_view text, Trust trust) {
    Frame frame;
    frame.trust = trust;
    for (auto [prefix, found] :
         {std::pair<std::string_view, Trust>{"? ", Trust::guess}, {"scan ", Trust::scan}})
        if (text.starts_with(prefix)) {
            frame.trust = found;
            text.remove_prefix(prefix.size());
        }
    if (text.starts_with("inlined ")) {
        frame.inlined = true;
        text.remove_prefix(8);
    }
    if (std::size_t bracket = text.find('['); bracket != std::string_view::npos) {
        frame.module = std::string(text.substr(bracket + 1, text.find(']') - bracket - 1));
        text = trim(text.substr(0, bracket));
    }
    if (std::size_t plus = text.find('+'); plus != std::string_view::npos) {
        auto parts = split(text.substr(plus + 1), '/');
        frame.offset = number_of(parts[0]);
        if (parts.size() > 1) frame.size = number_of(parts[1]);
        text = text.substr(0, plus);
    }
    frame.function = std::string(trim(text));
    return frame;
}

}  // namespace

struct TestScene::Parts {
    facts::Scene scene;
    WrittenTypes types;
    WrittenMemory memory;
    std::map<std::string, std::uint64_t, std::less<>> arguments;
};

namespace {

class Builder {
public:
    Builder(facts::Scene& scene, WrittenTypes& types, WrittenMemory& memory,
            std::map<std::string, std::uint64_t, std::less<>>& arguments, const std::string& file)
        : scene_(scene), types_(types), memory_(memory), arguments_(arguments), file_(file) {}

    std::optional<Diagnostic> build(const Yaml& yaml) {
        for (const auto& [key, value] : yaml.entries)
            if (std::find(kKeys.begin(), kKeys.end(), key.text) == kKeys.end()) {
                complain("R004", key,
                         "unknown key " + key.text + " of a scene, nearest is " +
                             facts::nearest(key.text, kKeys));
                return error_;
            }
        log(yaml);
        for (const auto& [key, value] : yaml.entries) fact(key.text, value);
        frames(yaml);
        memory(yaml);
        return error_;
    }

private:
    void complain(std::string code, const Yaml& at, std::string message) {
        if (!error_)
            error_ = Diagnostic{std::move(code), file_, at.line, at.column, std::move(message), ""};
    }

    bool boolean(const Yaml& value) {
        if (value.text != "true" && value.text != "false")
            complain("R007", value, "expected true or false");
        return value.text == "true";
    }
    std::uint64_t number(const Yaml& value) {
        auto found = number_of(value.text);
        if (!found) complain("R007", value, "expected a number: " + value.text);
        return found.value_or(0);
    }

    void log(const Yaml& yaml) {
        std::string text;
        if (const Yaml* log = yaml.get("log")) text = log->text;
        if (const Yaml* replace = yaml.get("replace"))
            for (const Yaml& item : replace->items) {
                const Yaml* from = item.get("from");
                const Yaml* to = item.get("to");
                if (!from || !to || from->text.empty()) {
                    complain("R006", item, "a replacement has from and to");
                    return;
                }
                std::size_t at = text.find(from->text), count = 0;
                while (at != std::string::npos && ++count < 1000) {
                    text.replace(at, from->text.size(), to->text);
                    at = text.find(from->text, at + to->text.size());
                }
                if (count == 0) complain("R007", *from, "the log does not have: " + from->text);
            }
        const Yaml* complete = yaml.get("log_complete");
        scene_ = facts::from_log(log::parse(text), true);
        // The texts of tests are short: that they are whole is the test's word.
        scene_.log_complete = !complete || boolean(*complete);
    }

    facts::Crash& crash() {
        if (!scene_.crash) scene_.crash.emplace();
        return *scene_.crash;
    }

    void fact(std::string_view key, const Yaml& value) {
        if (key == "input") scene_.input.is_dump = value.text == "dump";
        if (key == "crash.kind") {
            if (auto kind = crash_kind_from(value.text))
                crash().kind = *kind;
            else
                complain("R007", value, "no crash kind " + value.text);
        }
        if (key == "crash.message") crash().message = value.text;
        if (key == "crash.complete") crash().report_complete = boolean(value);
        if (key == "crash.fault_address") crash().fault.address = number(value);
        if (key == "crash.function") crash().top = frame_of(value.text, trust());
        if (key == "task.comm") crash().task.comm = value.text;
        if (key == "task.pid") crash().task.pid = static_cast<std::int64_t>(number(value));
        if (key == "panic.reason") {
            if (!scene_.panic) scene_.panic.emplace();
            scene_.panic->reason = value.text;
        }
        if (key == "kernel.arch") {
            scene_.kernel.arch = arch_from_machine(value.text);
            if (!scene_.kernel.arch) complain("R007", value, "no architecture " + value.text);
        }
        if (key == "registers")
            for (const auto& [name, word] : value.entries)
                crash().registers.set(name.text, number(word));
    }

    // What an unwinder gives on a dump, and what a log prints.
    Trust trust() const { return scene_.input.is_dump ? Trust::orc : Trust::log; }

    void frames(const Yaml& yaml) {
        const Yaml* complete = yaml.get("frames_complete");
        if (const Yaml* list = yaml.get("frames")) {
            facts::Stack stack;
            stack.role = facts::StackRole::crash;
            stack.complete = !complete || boolean(*complete);
            stack.task = crash().task;
            for (const Yaml& item : list->items)
                stack.frames.push_back(frame_of(item.text, trust()));
            if (!yaml.get("crash.function") && !stack.frames.empty())
                crash().top = stack.frames.front();
            std::erase_if(scene_.stacks,
                          [](const facts::Stack& s) { return s.role == facts::StackRole::crash; });
            scene_.stacks.push_back(std::move(stack));
        } else if (complete && !boolean(*complete)) {
            for (facts::Stack& stack : scene_.stacks) stack.complete = false;
        }
        if (const Yaml* stacks = yaml.get("stacks"))
            for (const Yaml& list : stacks->items) {
                facts::Stack stack;
                stack.role = facts::StackRole::blocked;
                stack.complete = true;
                for (const Yaml& item : list.items)
                    stack.frames.push_back(frame_of(item.text, trust()));
                scene_.stacks.push_back(std::move(stack));
            }
    }

    void memory(const Yaml& yaml) {
        if (const Yaml* arguments = yaml.get("arguments"))
            for (const auto& [name, value] : arguments->entries)
                arguments_[name.text] = number(value);
        if (const Yaml* types = yaml.get("types"))
            for (const auto& [structure, members] : types->entries)
                for (const auto& [name, text] : members.entries) {
                    auto member = member_of(text.text);
                    if (!member)
                        complain("R007", text, "expected an offset and a C type: " + text.text);
                    else
                        types_.structures[structure.text][name.text] = *member;
                }
        if (const Yaml* constants = yaml.get("constants"))
            for (const auto& [name, value] : constants->entries)
                types_.constants[name.text] = static_cast<std::int64_t>(number(value));
        if (const Yaml* words = yaml.get("memory"))
            for (const auto& [address, value] : words->entries) {
                std::uint64_t word = number(value), at = number(address);
                for (unsigned i = 0; i < 8; ++i)
                    memory_.bytes_at[at + i] = static_cast<std::uint8_t>(word >> (8 * i));
            }
        if (const Yaml* code = yaml.get("code")) {
            auto written = std::make_shared<WrittenCode>();
            for (const auto& [sentence, value] : code->entries)
                written->sentences[sentence.text] = boolean(value);
            scene_.code = std::move(written);
        }
    }

    facts::Scene& scene_;
    WrittenTypes& types_;
    WrittenMemory& memory_;
    std::map<std::string, std::uint64_t, std::less<>>& arguments_;
    const std::string& file_;
    std::optional<Diagnostic> error_;
};

}  // namespace

TestScene::TestScene() : parts_(std::make_unique<Parts>()) {}
TestScene::~TestScene() = default;
TestScene::TestScene(TestScene&&) noexcept = default;
TestScene& TestScene::operator=(TestScene&&) noexcept = default;

const facts::Scene& TestScene::scene() const { return parts_->scene; }

tl::expected<TestScene, Diagnostic> TestScene::build(const Yaml& yaml, const std::string& file) {
    TestScene made;
    Parts& parts = *made.parts_;
    auto failed =
        Builder(parts.scene, parts.types, parts.memory, parts.arguments, file).build(yaml);
    if (failed) return tl::unexpected(*failed);
    if (!parts.types.structures.empty() || !parts.types.constants.empty())
        parts.scene.types = &parts.types;
    if (!parts.memory.bytes_at.empty()) parts.scene.memory = &parts.memory;
    if (!parts.arguments.empty())
        parts.scene.argument = [&parts](std::string_view function, std::uint64_t index,
                                        std::string_view) -> Maybe<facts::RecoveredArgument> {
            std::string key = std::string(function) + " " + std::to_string(index);
            auto found = parts.arguments.find(key);
            if (found == parts.arguments.end()) return unknown(Reason::no_decoder, key);
            return facts::RecoveredArgument{found->second, Trust::registers, "written in the test"};
        };
    return made;
}

}  // namespace nfstriage::rules
