// The main of a fuzz target in a build without a fuzzer: replay FOLDER|FILE... runs every input
// through the target. Inputs run in a process of their own, so that each that ends it is named and
// the others run all the same. Fails for an input that does so, and where there is none.
#include <sys/wait.h>

#include <atomic>
#include <new>

#include "input.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(int count, char** names) {
    std::vector<fs::path> inputs;
    for (int i = 0; i < count; ++i) {
        if (!fs::is_directory(names[i])) {
            inputs.emplace_back(names[i]);
            continue;
        }
        for (const auto& entry : fs::directory_iterator(names[i]))
            if (entry.is_regular_file()) inputs.push_back(entry.path());
    }
    std::sort(inputs.begin(), inputs.end());
    return inputs;
}

void run(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
    // A copy without room behind its end, as the fuzzer gives it.
    std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
    exact.shrink_to_fit();
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// Runs `inputs` from `first` on in a process of its own. The index of the one that ended it, or the
// number of inputs; `sound` is false where the process failed after the last.
std::size_t run_apart(const std::vector<fs::path>& inputs, std::size_t first,
                      std::atomic<std::size_t>& done, bool& sound) {
    done = first;
    std::fflush(nullptr);
    pid_t child = fork();
    if (child < 0) return first;
    if (child == 0) {
        for (std::size_t i = first; i < inputs.size(); ++i, ++done) run(inputs[i]);
        std::exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    sound = status == 0 || done < inputs.size();
    return done;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<fs::path> inputs = inputs_of(count - 1, arguments + 1);
    if (inputs.empty()) {
        std::printf("no inputs: usage: %s FOLDER|FILE...\n", arguments[0]);
        return 2;
    }
    void* shared = mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    auto& done = *new (shared) std::atomic<std::size_t>(0);
    std::size_t failed = 0;
    bool sound = true;
    for (std::size_t next = 0; next < inputs.size(); ++next) {
        next = run_apart(inputs, next, done, sound);
        if (next == inputs.size()) break;
        std::printf("%s: ended the process\n", inputs[next].c_str());
        ++failed;
    }
    if (!sound) std::printf("a process failed behind its last input\n");
    std::printf("%zu inputs, %zu failed\n", inputs.size(), failed);
    return failed == 0 && sound ? 0 : 1;
}
