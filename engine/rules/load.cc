// clang-format off
// Codes of the diagnostics; nfstriage-rules(1) has the same list.
//   R001 YAML syntax, unreadable file        R012 unknown fact or constant
//   R002 alias, anchor, tag                  R013 unknown member
//   R003 duplicate key                       R014 unknown function, bad argument
//   R004 unknown key                         R015 types do not fit
//   R005 missing key                         R016 unknown kernel type or member
//   R006 map, list or text expected          R017 bad regular expression
//   R007 bad value of a key                  R018 a value that the fact never has
//   R008 the id is not the file's name       R019 a clause that is no condition
//   R009 name defined twice                  R020 refines an unknown rule, or itself
//   R010 syntax of an expression             R021 a let binding nobody uses
//   R011 bad character or literal            R022 and above: lint.h
// clang-format on
#include "rules/load.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <tuple>

#include "base/files.h"
#include "base/text.h"
#include "facts/vocabulary.h"
#include "rules/expression.h"
#include "rules/yaml.h"

namespace nfstriage::rules {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

constexpr std::array<std::string_view, 16> kKeys = {
    "id",       "title",   "status",   "concludes",  "component", "kinds",
    "needs",    "let",     "required", "supporting", "refuting",  "refines",
    "not_this", "records", "explain",  "next_steps"};

constexpr std::array<std::string_view, 11> kComponents = {
    "nfs_client", "pnfs",  "nfsd",        "sunrpc", "auth_gss", "xprtrdma",
    "svcrdma",    "lockd", "nfs_localio", "enfs",   "none"};

template <class Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

constexpr Words<RuleStatus, 3> kStatuses{{{"experimental", RuleStatus::experimental},
                                          {"stable", RuleStatus::stable},
                                          {"deprecated", RuleStatus::deprecated}}};
constexpr Words<Conclusion, 3> kConclusions{{{"known_bug", Conclusion::known_bug},
                                             {"known_condition", Conclusion::known_condition},
                                             {"not_nfs", Conclusion::not_nfs}}};
constexpr Words<Need, 7> kNeeds{{{"crash", Need::crash},
                                 {"first_error", Need::first_error},
                                 {"panic", Need::panic},
                                 {"log", Need::log},
                                 {"dump", Need::dump},
                                 {"symbols", Need::symbols},
                                 {"types", Need::types}}};

bool uses(const Expression& e, std::string_view name) {
    if (e.op == Op::variable && e.name == name) return true;
    return std::any_of(e.args.begin(), e.args.end(),
                       [&](const ExpressionPtr& arg) { return uses(*arg, name); });
}

class Reader {
public:
    Reader(std::string_view text, std::string file) : text_(text) { rule_.file = std::move(file); }

    tl::expected<Rule, std::vector<Diagnostic>> read() {
        auto yaml = parse_yaml(text_, rule_.file);
        if (!yaml) return tl::unexpected(std::vector{yaml.error()});
        if (yaml->kind != Yaml::Kind::map) {
            complain("R006", *yaml, "a rule file is a map of keys");
            return tl::unexpected(std::move(diagnostics_));
        }
        known_keys(*yaml);
        read_head(*yaml);
        read_lists(*yaml);
        if (const Yaml* let = map(*yaml, "let")) read_let(*let);
        read_clauses(*yaml, "required", Role::required);
        read_clauses(*yaml, "supporting", Role::supporting);
        read_clauses(*yaml, "refuting", Role::refuting);
        if (rule_.clauses.empty() || rule_.clauses[0].role != Role::required)
            if (!yaml->get("required")) complain("R005", *yaml, "missing key required");
        read_explain(*yaml);
        read_next_steps(*yaml);
        unused_bindings(*yaml);
        if (!diagnostics_.empty()) {
            std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                             [](const Diagnostic& a, const Diagnostic& b) {
                                 // What is missing often follows from what is misspelt.
                                 auto order = [](const Diagnostic& d) {
                                     return std::tuple(d.code == "R005", d.line, d.column);
                                 };
                                 return order(a) < order(b);
                             });
            return tl::unexpected(std::move(diagnostics_));
        }
        return std::move(rule_);
    }

private:
    void complain(std::string code, unsigned line, unsigned column, std::string message) {
        diagnostics_.push_back({std::move(code), rule_.file, line, column, std::move(message),
                                source_line(text_, line)});
    }
    void complain(std::string code, const Yaml& at, std::string message) {
        complain(std::move(code), at.line, at.column, std::move(message));
    }

    // The lines of comment right above that line, as one text.
    std::string comment_above(unsigned line) const {
        std::string comment;
        while (line > 1) {
            const std::string above = source_line(text_, --line);
            std::string_view words = trim(above);
            if (!words.starts_with('#')) break;
            words = trim(words.substr(1));
            comment = std::string(words) + (comment.empty() ? "" : " ") + comment;
        }
        return comment;
    }

    static std::string hint(const std::string& nearest) {
        return nearest.empty() ? "" : ", did you mean " + nearest + "?";
    }

    void known_keys(const Yaml& yaml) {
        for (const auto& [key, value] : yaml.entries)
            if (std::find(kKeys.begin(), kKeys.end(), key.text) == kKeys.end())
                complain("R004", key,
                         "unknown key " + key.text + hint(facts::nearest(key.text, kKeys)));
    }

    // The text of a key; "" with a complaint if it is missing or no text.
    std::string text(const Yaml& yaml, std::string_view key) {
        const Yaml* value = yaml.get(key);
        if (!value) {
            complain("R005", yaml, "missing key " + std::string(key));
            return "";
        }
        if (value->kind != Yaml::Kind::text || value->text.empty()) {
            complain("R006", *value, std::string(key) + " must be text");
            return "";
        }
        return value->text;
    }

    const Yaml* map(const Yaml& yaml, std::string_view key) {
        const Yaml* value = yaml.get(key);
        if (!value) return nullptr;
        if (value->kind == Yaml::Kind::map) return value;
        complain("R006", *value, std::string(key) + " must be a map of names to expressions");
        return nullptr;
    }

    std::vector<const Yaml*> list(const Yaml& yaml, std::string_view key) {
        std::vector<const Yaml*> result;
        const Yaml* value = yaml.get(key);
        if (!value) return result;
        if (value->kind != Yaml::Kind::list) {
            complain("R006", *value, std::string(key) + " must be a list");
            return result;
        }
        for (const Yaml& item : value->items) {
            if (item.kind == Yaml::Kind::text && !item.text.empty())
                result.push_back(&item);
            else
                complain("R006", item, std::string(key) + " must be a list of texts");
        }
        return result;
    }

    // The meaning of a word, with a complaint if it has none.
    template <class Enum, std::size_t N>
    std::optional<Enum> word(const Yaml& at, std::string_view key, const Words<Enum, N>& words) {
        std::vector<std::string_view> names;
        for (const auto& [name, value] : words) {
            if (name == at.text) return value;
            names.push_back(name);
        }
        complain("R007", at,
                 std::string(key) + " cannot be " + at.text + hint(facts::nearest(at.text, names)));
        return std::nullopt;
    }

    void read_head(const Yaml& yaml) {
        rule_.id = text(yaml, "id");
        rule_.title = text(yaml, "title");
        if (const Yaml* id = yaml.get("id")) rule_.comment = comment_above(id->line);
        std::string stem = std::filesystem::path(rule_.file).stem().string();
        if (!rule_.id.empty() && rule_.id != stem)
            complain("R008", *yaml.get("id"),
                     "the id " + rule_.id + " is not the file's name " + stem);
        if (!text(yaml, "status").empty())
            rule_.status =
                word(*yaml.get("status"), "status", kStatuses).value_or(RuleStatus::experimental);
        if (yaml.get("concludes") && !text(yaml, "concludes").empty())
            rule_.concludes = word(*yaml.get("concludes"), "concludes", kConclusions)
                                  .value_or(Conclusion::known_bug);
        rule_.component = text(yaml, "component");
        if (!rule_.component.empty() &&
            std::find(kComponents.begin(), kComponents.end(), rule_.component) == kComponents.end())
            complain("R007", *yaml.get("component"),
                     "no component " + rule_.component +
                         hint(facts::nearest(rule_.component, kComponents)));
    }

    void read_lists(const Yaml& yaml) {
        for (const Yaml* item : list(yaml, "kinds")) {
            if (auto kind = crash_kind_from(item->text))
                rule_.kinds.push_back(*kind);
            else
                complain("R007", *item,
                         "no crash kind " + item->text +
                             hint(facts::nearest(item->text, facts::allowed_values("crash.kind"))));
        }
        for (const Yaml* item : list(yaml, "needs"))
            if (auto need = word(*item, "needs", kNeeds)) rule_.needs.push_back(*need);
        auto texts = [&](std::string_view key, std::vector<std::string>& into) {
            for (const Yaml* item : list(yaml, key)) into.push_back(item->text);
        };
        texts("refines", rule_.refines);
        texts("not_this", rule_.not_this);
        texts("records", rule_.records);
    }

    // Parses the expression of `at`; null with a complaint at the right column if it is wrong.
    ExpressionPtr expression(const Yaml& at) {
        if (at.kind != Yaml::Kind::text || at.block || at.text.find('\n') != std::string::npos) {
            complain("R006", at, "an expression is text on one line");
            return nullptr;
        }
        auto parsed = parse_expression(at.text, scope_);
        if (parsed) return *parsed;
        unsigned column =
            at.column + (at.quoted ? 1 : 0) + static_cast<unsigned>(parsed.error().offset);
        complain(parsed.error().code, at.line, column, parsed.error().message);
        return nullptr;
    }

    void read_let(const Yaml& let) {
        for (const auto& [name, value] : let.entries) {
            if (facts::find_fact(name.text) || name.text == "in" || name.text == "true" ||
                name.text == "false") {
                complain("R009", name, name.text + " already has a meaning");
                continue;
            }
            ExpressionPtr parsed = expression(value);
            if (!parsed) {
                scope_[name.text] = {};  // so that its uses are not complained about as well
                continue;
            }
            scope_[name.text] = {parsed->type, parsed->reads_state};
            rule_.bindings.push_back(
                {name.text, value.text, parsed, parsed->reads_state, comment_above(name.line)});
        }
    }

    void read_clauses(const Yaml& yaml, std::string_view key, Role role) {
        const Yaml* clauses = map(yaml, key);
        if (!clauses) return;
        if (clauses->entries.empty() && role == Role::required)
            complain("R005", *clauses, "a rule needs a required clause");
        for (const auto& [name, value] : clauses->entries) {
            if (!names_.insert(name.text).second) {
                complain("R009", name, "a clause " + name.text + " exists already");
                continue;
            }
            ExpressionPtr parsed = expression(value);
            if (!parsed) continue;
            if (!is_condition(parsed->type)) {
                complain("R019", value,
                         "clause " + name.text + " is a " + facts::to_string(parsed->type) +
                             ", not a condition");
                continue;
            }
            Clause clause;
            clause.name = name.text;
            clause.role = role;
            clause.text = value.text;
            clause.expression = parsed;
            clause.reads_state = parsed->reads_state;
            clause.line = value.line;
            clause.comment = comment_above(name.line);
            rule_.clauses.push_back(std::move(clause));
        }
    }

    // {expression} in a sentence.
    void read_explain(const Yaml& yaml) {
        std::string whole = text(yaml, "explain");
        if (whole.empty()) return;
        const Yaml& at = *yaml.get("explain");
        while (whole.ends_with('\n')) whole.pop_back();
        rule_.explain.text = whole;
        std::size_t begin = 0;
        while ((begin = whole.find('{', begin)) != std::string::npos) {
            std::size_t end = whole.find('}', begin);
            if (end == std::string::npos) {
                complain("R010", at, "explain has a { without its }");
                return;
            }
            auto parsed = parse_expression(whole.substr(begin + 1, end - begin - 1), scope_);
            if (!parsed)
                complain(parsed.error().code, at, "in explain: " + parsed.error().message);
            else
                rule_.explain.places.push_back({begin, end + 1, *parsed});
            begin = end + 1;
        }
    }

    void read_next_steps(const Yaml& yaml) {
        const Yaml* steps = yaml.get("next_steps");
        if (!steps) return;
        if (steps->kind != Yaml::Kind::list) {
            complain("R006", *steps, "next_steps must be a list of maps with what and command");
            return;
        }
        for (const Yaml& item : steps->items) {
            if (item.kind != Yaml::Kind::map) {
                complain("R006", item, "a next step is a map with what and command");
                continue;
            }
            NextStep step;
            for (const auto& [key, value] : item.entries) {
                if (key.text != "what" && key.text != "command") {
                    complain("R004", key, "unknown key " + key.text + " of a next step");
                    continue;
                }
                if (value.kind != Yaml::Kind::text) {
                    complain("R006", value, key.text + " must be text");
                    continue;
                }
                (key.text == "what" ? step.what : step.command) = value.text;
            }
            if (step.what.empty()) complain("R005", item, "a next step needs what");
            rule_.next_steps.push_back(std::move(step));
        }
    }

    void unused_bindings(const Yaml& yaml) {
        if (!diagnostics_.empty()) return;
        for (const Binding& binding : rule_.bindings) {
            auto in_clause = [&](const Clause& c) { return uses(*c.expression, binding.name); };
            auto in_binding = [&](const Binding& b) { return uses(*b.expression, binding.name); };
            auto in_place = [&](const Template::Place& p) {
                return uses(*p.expression, binding.name);
            };
            if (std::any_of(rule_.clauses.begin(), rule_.clauses.end(), in_clause) ||
                std::any_of(rule_.bindings.begin(), rule_.bindings.end(), in_binding) ||
                std::any_of(rule_.explain.places.begin(), rule_.explain.places.end(), in_place))
                continue;
            complain("R021", *yaml.get("let")->get(binding.name), "nobody uses " + binding.name);
        }
    }

    std::string_view text_;
    Rule rule_;
    Scope scope_;
    std::set<std::string> names_;
    std::vector<Diagnostic> diagnostics_;
};

// A rule refines rules whose files lie beside it, loadable or not, and not itself.
std::vector<Diagnostic> wrong_refines(const Rule& rule, std::string_view text) {
    std::vector<Diagnostic> wrong;
    auto yaml = parse_yaml(text, rule.file);
    if (!yaml) return wrong;
    const std::filesystem::path folder = std::filesystem::path(rule.file).parent_path();
    for (const Yaml& item : yaml->get("refines")->items) {
        std::error_code failed;
        bool there = std::filesystem::exists(folder / (item.text + ".yaml"), failed);
        if (there && item.text != rule.id) continue;
        wrong.push_back({"R020", rule.file, item.line, item.column,
                         "refines " + item.text + (there ? ", itself" : ", which is no rule"),
                         source_line(text, item.line)});
    }
    return wrong;
}

}  // namespace

tl::expected<Rule, std::vector<Diagnostic>> parse_rule(std::string_view yaml, std::string file) {
    return Reader(yaml, std::move(file)).read();
}

Result<std::vector<std::filesystem::path>> rule_files(const std::filesystem::path& directory) {
    auto files = files_ending(directory, ".yaml");
    if (files)
        std::erase_if(*files, [](const std::filesystem::path& file) {
            return file.filename().string().ends_with(".test.yaml");
        });
    return files;
}

tl::expected<Rule, std::vector<Diagnostic>> load_rule(const std::filesystem::path& file) {
    auto text = read_small_file(file, kLargestFile);
    if (!text)
        return tl::unexpected(
            std::vector{Diagnostic{"R001", file.string(), 1, 1, text.error().expected, ""}});
    auto rule = parse_rule(*text, file.string());
    if (!rule || rule->refines.empty()) return rule;
    auto wrong = wrong_refines(*rule, *text);
    if (!wrong.empty()) return tl::unexpected(std::move(wrong));
    return rule;
}

Result<RuleSet> load_rules(const std::string& directory) {
    auto files = rule_files(directory);
    if (!files) return tl::unexpected<Error>(files.error());
    RuleSet set;
    for (const std::filesystem::path& file : *files) {
        auto rule = load_rule(file);
        if (rule)
            set.rules.push_back(std::move(*rule));
        else
            set.diagnostics.insert(set.diagnostics.end(), rule.error().begin(), rule.error().end());
    }
    std::sort(set.rules.begin(), set.rules.end(),
              [](const Rule& a, const Rule& b) { return a.id < b.id; });
    return set;
}

}  // namespace nfstriage::rules
