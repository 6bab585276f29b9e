// A console log judged by all rules: always a verdict, and one that can be shown in every form. The
// first byte chooses the forms.
#include "outputs.h"
#include "triage.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Catalogue catalogue = Catalogue::built_in().value();
    fuzz::Input input(data, size);
    std::uint8_t choice = input.u8();
    std::string text(input.rest_of_text());
    auto look = [&](const verdict::Verdict& verdict, const facts::Scene& scene) {
        check_verdict(verdict, scene, choice);
    };
    auto verdict = triage_log(text, "input", catalogue, look);
    if (!verdict) {
        require(!verdict.error().remedy.empty(), "an error says what to do");
        return 0;
    }
    auto again = triage_log(text, "input", catalogue);
    require(again && report::to_json(*verdict, {true, -1}) == report::to_json(*again, {true, -1}),
            "the same log gives the same verdict");
    return 0;
}
