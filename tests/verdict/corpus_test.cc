// Scores the assessment without rules against labelled console logs, where a directory with them is
// given: who is to blame, and never an acquittal of NFS where it is at fault.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "facts/from_log.h"
#include "nfs/family.h"
#include "verdict/assess.h"
#include "verdict/signature.h"

using namespace nfstriage;

namespace {

std::string read_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// "nfs client" → "nfs_client", "nfs-localio" → "nfs_localio", "xfs/iomap" → "none"
std::string contract_component(std::string label) {
    for (char& c : label)
        if (c == ' ' || c == '-') c = '_';
    for (int i = 0; i <= static_cast<int>(nfs::Component::enfs); ++i)
        if (nfs::to_string(static_cast<nfs::Component>(i)) == label) return label;
    return "none";
}

std::string text_of(const nlohmann::json& label, const char* key) {
    return label.contains(key) && label[key].is_string() ? label[key].get<std::string>() : "";
}

}  // namespace

TEST_CASE("labelled logs are blamed on the right code", "[corpus]") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (corpus == nullptr) {
        std::cout << "skipped: NFSTRIAGE_CORPUS does not name a directory with labelled logs\n";
        return;
    }
    std::istringstream labels(read_file(std::string(corpus) + "/logs/labels.jsonl"));
    std::string line;
    unsigned scored = 0, right = 0, right_component = 0, nfs_logs = 0, acquitted = 0, accused = 0;
    while (std::getline(labels, line)) {
        auto label = nlohmann::json::parse(line);
        std::string text = read_file(std::string(corpus) + "/logs/" + text_of(label, "file"));
        auto scene = facts::from_log(log::parse(text), true);
        auto result = verdict::assess(scene);
        bool nfs = label["nfs"].get<bool>();
        std::string component(nfs::to_string(result.culprit.component));
        std::string expected = contract_component(text_of(label, "component"));
        bool blamed = result.status == verdict::Status::unknown_signature;
        bool ambiguous = label["ambiguous"].get<bool>();
        bool ok = blamed == nfs;
        if (!ok || (nfs && component != expected)) {
            auto signature = verdict::signature_of(scene);
            std::cout << (ambiguous ? "(ambiguous) "
                          : ok      ? "component   "
                                    : "WRONG       ")
                      << text_of(label, "id") << ": " << verdict::to_string(result.status) << " "
                      << component << ", label " << (nfs ? "nfs " : "not nfs ") << expected << "; "
                      << result.title << "; " << (signature ? signature->text : "no signature")
                      << "\n";
        }
        if (ambiguous) continue;
        ++scored;
        right += ok;
        nfs_logs += nfs;
        right_component += nfs && component == expected;
        acquitted += nfs && result.status == verdict::Status::not_nfs;
        accused += !nfs && blamed;
    }
    std::cout << right << " of " << scored << " logs right, component right in " << right_component
              << " of " << nfs_logs << " NFS logs, " << acquitted << " wrongly acquitted, "
              << accused << " wrongly accused\n";
    CHECK(scored > 0);
    CHECK(right * 100 >= scored * 95);
    CHECK(right_component * 100 >= nfs_logs * 90);
    CHECK(acquitted == 0);
    CHECK(accused == 0);
}
