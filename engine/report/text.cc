#include "report/text.h"

#include <algorithm>
#include <utility>

#include "report/verdict_page.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kNarrowest = 40;  // columns

TextPage page_of(const TextOptions& options) {
    return {std::max(options.width, kNarrowest), options.colour};
}

}  // namespace

std::string to_text(const verdict::Verdict& verdict, const TextOptions& options) {
    TextPage page = page_of(options);
    write_verdict(page, verdict);
    return std::move(page).take();
}

std::string error_to_text(const Error& error, const TextOptions& options) {
    TextPage page = page_of(options);
    write_error(page, error);
    return std::move(page).take();
}

}  // namespace nfstriage::report
