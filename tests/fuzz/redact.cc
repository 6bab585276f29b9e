// Text without names: it keeps its length and its lines, and replacing is the same every time.
#include "input.h"
#include "redact/redactor.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    redact::Key key{};
    key[0] = 1;
    redact::Redactor redactor(key);
    redactor.keep("6.1.0-13-amd64");
    redactor.learn_host("fileserver");
    redactor.learn_name("secret-7.txt");
    redactor.learn_hosts_of(text);
    std::string sentence = redactor.sentence(text), name = redactor.name(text);
    require(sentence.size() == text.size(), "a sentence keeps its length");
    require(name.size() == text.size(), "a name keeps its length");
    require(redactor.sentence(text) == sentence && redactor.name(text) == name,
            "replacing is the same every time");
    for (std::size_t i = 0; i < size; ++i)
        require((text[i] == '\n') == (sentence[i] == '\n'), "lines stay where they are");
    return 0;
}
