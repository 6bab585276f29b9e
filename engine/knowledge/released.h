// Whether a commit is in a kernel by what releases and packages are known to carry it. Lists of
// backports have gaps: a series in which nobody saw a commit stays unknown.
#pragma once

#include <string_view>

#include "knowledge/package.h"
#include "knowledge/release.h"
#include "knowledge/status.h"

namespace nfstriage::knowledge {

// The first mainline release with the commit; no value where it was not confirmed.
std::optional<Release> mainline_of(const Commit& commit);

// Mainline has every commit from its first release on, a stable series from the release in which it
// was seen.
CommitHere by_release(const Commit& commit, const Release& kernel);

// A package has what the upstream release in its version has, and what the changelog of its series
// names up to it. It lacks what that changelog names later.
CommitHere by_package(const Commit& commit, const Package& package);

}  // namespace nfstriage::knowledge
