// The verdict for people, whatever it is shown on: the answer in the first line, then why, what to
// do, and how to check it.
#pragma once

#include <string>

#include "base/result.h"
#include "report/page.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

void write_verdict(Page& page, const verdict::Verdict& verdict);

// Its parts, for reports that have more to say in between. The headline, what it goes by, and what
// was reported:
void write_answer(Page& page, const verdict::Verdict& verdict);
// Fix, workaround, what to check or collect:
void write_remedy(Page& page, const verdict::Diagnosis& diagnosis);
void write_alternatives(Page& page, const verdict::Verdict& verdict);
void write_nearest(Page& page, const verdict::Verdict& verdict);
// State, kernel, input and what is missing from it, limits, signature:
void write_ground(Page& page, const verdict::Verdict& verdict);

void write_error(Page& page, const Error& error);  // for an input that could not be read

// "KNOWN BUG (certain)  nfs_wb_page() never returns after a fatal write error"
std::string headline(const verdict::Diagnosis& diagnosis);

// "NFS client · 6.1.0-56-cloud-amd64 x86_64 · soft lockup · CPU 1 · kworker/u4:6[173]"
std::string summary(const verdict::Verdict& verdict);

}  // namespace nfstriage::report
