#include "rules/lint.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/files.h"
#include "rules/test_file.h"
#include "rules/yaml.h"

namespace nfstriage::rules {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::string_view kTest = ".test.yaml";

bool is_test(const std::filesystem::path& file) { return file.string().ends_with(kTest); }

class Linter {
public:
    explicit Linter(const std::function<bool(std::string_view)>& has_record)
        : has_record_(has_record) {}

    void rule(const std::filesystem::path& file) {
        auto rule = load_rule(file);
        if (!rule) {
            found_.insert(found_.end(), rule.error().begin(), rule.error().end());
            return;
        }
        open(file);
        records(*rule);
        tests(*rule, test_file_of(file));
        refines_[rule->id] = rule->refines;
        places_[rule->id] = place("refines");
    }

    void test_alone(const std::filesystem::path& file, const std::filesystem::path& rule) {
        open(file);
        Diagnostic at = place("rule");
        complain(at, "R023", "there is no rule " + rule.string());
    }

    std::vector<Diagnostic> finish() {
        for (const auto& [id, others] : refines_)
            if (!others.empty() && refined_from(others).count(id) != 0)
                complain(places_[id], "R028", id + " refines itself by way of other rules");
        return std::move(found_);
    }

private:
    // Reads a file whose places the next complaints name.
    void open(const std::filesystem::path& file) {
        file_ = file.string();
        text_ = read_small_file(file, kLargestFile).value_or("");
        yaml_ = parse_yaml(text_, file_).value_or(Yaml{});
    }

    Diagnostic place(const Yaml& at) const {
        return {"", file_, at.line, at.column, "", source_line(text_, at.line)};
    }
    Diagnostic place(std::string_view key) const {
        const Yaml* value = yaml_.get(key);
        return place(value ? *value : yaml_);
    }

    void complain(Diagnostic at, std::string code, std::string message) {
        at.code = std::move(code);
        at.message = std::move(message);
        found_.push_back(std::move(at));
    }

    void records(const Rule& rule) {
        if (rule.records.empty() && rule.concludes == Conclusion::known_bug)
            complain(place("id"), "R026", "a rule of a bug names its record: records: [ID]");
        const Yaml* named = yaml_.get("records");
        if (!has_record_ || !named) return;
        for (const Yaml& item : named->items)
            if (!has_record_(item.text))
                complain(place(item), "R022", "there is no record " + item.text);
    }

    void tests(const Rule& rule, const std::filesystem::path& file) {
        std::error_code failed;
        if (!std::filesystem::exists(file, failed)) {
            complain(place("id"), "R023",
                     "the rule has no tests: " + file.string() + " is missing");
            return;
        }
        open(file);
        auto results = run_tests(rule, text_, file_);
        if (!results) {
            found_.push_back(results.error());
            return;
        }
        for (std::string_view outcome : {"match", "no_match", "unknown"})
            if (std::none_of(results->begin(), results->end(),
                             [&](const TestResult& r) { return r.expect == outcome; }))
                complain(place("tests"), "R024", "no test expects " + std::string(outcome));
        if (!any_scene([](const Yaml& scene) { return scene.get("log") != nullptr; }))
            complain(place("tests"), "R025", "no test is a whole report: log of a scene");
        bool claims = rule.status == RuleStatus::stable && rule.concludes == Conclusion::known_bug;
        if (claims && !any_status("known_bug"))
            complain(place("tests"), "R027", "the rule is stable, and no test expects known_bug");
        open(rule.file);
    }

    template <class Wanted>
    bool any_scene(const Wanted& wanted) const {
        if (const Yaml* base = yaml_.get("base"); base && wanted(*base)) return true;
        const std::vector<Yaml>& tests = yaml_.get("tests")->items;
        return std::any_of(tests.begin(), tests.end(), [&](const Yaml& test) {
            const Yaml* scene = test.get("scene");
            return scene && wanted(*scene);
        });
    }

    bool any_status(std::string_view word) const {
        const std::vector<Yaml>& tests = yaml_.get("tests")->items;
        return std::any_of(tests.begin(), tests.end(), [&](const Yaml& test) {
            const Yaml* status = test.get("status");
            return status && status->text == word;
        });
    }

    // Every rule that these refine, directly or by way of others.
    std::set<std::string> refined_from(std::vector<std::string> open) const {
        std::set<std::string> seen;
        while (!open.empty()) {
            std::string id = std::move(open.back());
            open.pop_back();
            auto next = refines_.find(id);
            if (seen.insert(id).second && next != refines_.end())
                open.insert(open.end(), next->second.begin(), next->second.end());
        }
        return seen;
    }

    const std::function<bool(std::string_view)>& has_record_;
    std::vector<Diagnostic> found_;
    std::string file_, text_;
    Yaml yaml_;
    std::map<std::string, std::vector<std::string>> refines_;
    std::map<std::string, Diagnostic> places_;
};

}  // namespace

std::filesystem::path test_file_of(const std::filesystem::path& rule_file) {
    if (is_test(rule_file)) return rule_file;
    return std::filesystem::path(rule_file).replace_extension(kTest);
}

std::filesystem::path rule_file_of(const std::filesystem::path& test_file) {
    if (!is_test(test_file)) return test_file;
    std::string name = test_file.string();
    return name.substr(0, name.size() - kTest.size()) + ".yaml";
}

std::vector<Diagnostic> lint(const std::vector<std::filesystem::path>& files,
                             const std::function<bool(std::string_view id)>& has_record) {
    Linter linter(has_record);
    std::set<std::filesystem::path> done;
    for (const std::filesystem::path& file : files) {
        const std::filesystem::path rule = rule_file_of(file);
        std::error_code failed;
        if (is_test(file) && !std::filesystem::exists(rule, failed))
            linter.test_alone(file, rule);
        else if (done.insert(rule).second)
            linter.rule(rule);
    }
    return linter.finish();
}

}  // namespace nfstriage::rules
