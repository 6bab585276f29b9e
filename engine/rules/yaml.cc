// The only file that includes yaml-cpp; its exceptions end here. The event interface is used
// because the node interface resolves aliases and merges duplicate keys without a word.
#include "rules/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <sstream>

namespace nfstriage::rules {
namespace {

constexpr std::size_t kDeepest = 32;

struct Refused {  // thrown through yaml-cpp's parser and caught in this file
    std::string code, message;
    YAML::Mark mark;
};

class Builder : public YAML::EventHandler {
public:
    explicit Builder(std::string_view text) : text_(text) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        place(at(mark, Yaml::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{"R002", "aliases are not allowed", mark};
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        Yaml node = at(mark, Yaml::Kind::text);
        node.text = value;
        char first = character(mark);
        node.quoted = tag == "!" && (first == '"' || first == '\'');
        node.block = tag == "!" && (first == '|' || first == '>');
        place(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Yaml::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Yaml::Kind::map);
    }
    void OnMapEnd() override { close(); }

    Yaml root;

private:
    struct Open {
        Yaml node;
        std::optional<Yaml> key;
    };

    static Yaml at(const YAML::Mark& mark, Yaml::Kind kind) {
        Yaml node;
        node.kind = kind;
        node.line = static_cast<unsigned>(mark.line + 1);
        node.column = static_cast<unsigned>(mark.column + 1);
        return node;
    }
    char character(const YAML::Mark& mark) const {
        auto at = static_cast<std::size_t>(mark.pos);
        return mark.pos >= 0 && at < text_.size() ? text_[at] : '\0';
    }
    static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor) throw Refused{"R002", "anchors are not allowed", mark};
    }
    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!")
            throw Refused{"R002", "tags are not allowed: " + tag, mark};
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Yaml::Kind kind) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (open_.size() >= kDeepest) throw Refused{"R001", "nested too deeply", mark};
        open_.push_back({at(mark, kind), {}});
    }
    void close() {
        Yaml done = std::move(open_.back().node);
        open_.pop_back();
        place(std::move(done));
    }
    void place(Yaml node) {
        if (open_.empty()) {
            root = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == Yaml::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.key) {
            YAML::Mark mark;
            mark.line = static_cast<int>(node.line) - 1;
            mark.column = static_cast<int>(node.column) - 1;
            if (node.kind != Yaml::Kind::text) throw Refused{"R001", "a key must be text", mark};
            if (parent.node.get(node.text))
                throw Refused{"R003", "duplicate key " + node.text, mark};
            parent.key = std::move(node);
        } else {
            parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
            parent.key.reset();
        }
    }

    std::string_view text_;
    std::vector<Open> open_;
};

}  // namespace

const Yaml* Yaml::get(std::string_view key) const {
    for (const auto& [name, value] : entries)
        if (name.text == key) return &value;
    return nullptr;
}

std::string source_line(std::string_view text, unsigned line) {
    for (unsigned i = 1; i < line; ++i) {
        std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return "";
        text.remove_prefix(end + 1);
    }
    return std::string(text.substr(0, text.find_first_of("\r\n")));
}

tl::expected<Yaml, Diagnostic> parse_yaml(std::string_view text, const std::string& file) {
    auto refused = [&](std::string code, std::string message, const YAML::Mark& mark) {
        Diagnostic diagnostic;
        diagnostic.code = std::move(code);
        diagnostic.file = file;
        diagnostic.line = static_cast<unsigned>(std::max(mark.line, 0) + 1);
        diagnostic.column = static_cast<unsigned>(std::max(mark.column, 0) + 1);
        diagnostic.message = std::move(message);
        diagnostic.source = source_line(text, diagnostic.line);
        return tl::unexpected(std::move(diagnostic));
    };
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Builder builder(text);
        if (!parser.HandleNextDocument(builder)) return Yaml{};
        Builder second(text);
        if (parser.HandleNextDocument(second)) {
            YAML::Mark mark;
            mark.line = static_cast<int>(second.root.line) - 1;
            return refused("R001", "a file holds one document", mark);
        }
        return std::move(builder.root);
    } catch (const Refused& why) {
        return refused(why.code, why.message, why.mark);
    } catch (const YAML::Exception& why) {
        std::string message = why.msg;
        if (message == "illegal map value")
            message += ": an expression with a colon and a blank must stand in quotes";
        return refused("R001", message, why.mark);
    } catch (const std::exception& why) {
        return refused("R001", why.what(), YAML::Mark());
    }
}

}  // namespace nfstriage::rules
