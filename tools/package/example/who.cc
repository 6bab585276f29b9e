// who DUMP...: who crashed in which function, one line for each dump or console log. Shows the smallest
// use of the engine: load the catalogue once, triage each input, look at what a verdict holds.
#include <triage.h>

#include <cstdio>

using namespace nfstriage;

namespace {

void print_line(const verdict::Verdict& verdict) {
    const verdict::Diagnosis& first = verdict.verdicts.front();  // there is at least one
    std::printf("%s: %s", verdict.input.path.c_str(),
                std::string(to_string(first.status)).c_str());
    if (!first.rule.empty()) std::printf(" %s", first.rule.c_str());
    if (verdict.signature) std::printf(" %s", verdict.signature->text.c_str());
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    auto catalogue = Catalogue::load();
    if (!catalogue) {
        std::fprintf(stderr, "%s\n", to_string(catalogue.error()).c_str());
        return 1;
    }
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        Input input;
        input.parts.push_back(argv[i]);
        auto verdict = triage(input, *catalogue);
        if (verdict) {
            print_line(*verdict);
        } else {
            std::fprintf(stderr, "%s\n", to_string(verdict.error()).c_str());
            status = 3;
        }
    }
    return status;
}
