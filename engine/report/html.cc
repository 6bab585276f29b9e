#include "report/html.h"

#include "base/text.h"
#include "nfs/state.h"
#include "report/html_page.h"
#include "report/html_sections.h"
#include "report/html_writer.h"
#include "report/verdict_page.h"

namespace nfstriage::report {

std::string to_html(const verdict::Verdict& verdict, const HtmlParts& parts) {
    const verdict::Diagnosis& first = verdict.verdicts.front();
    HtmlWriter writer({"nfstriage: " + headline(first), kReportStyle, kReportScript});
    {
        auto main = writer.in("main");
        {
            HtmlPage page(writer);
            write_answer(page, verdict);
        }
        writer.contents();
        write_evidence(writer, first);
        {
            HtmlPage page(writer);
            write_remedy(page, first);
            write_alternatives(page, verdict);
        }
        write_whole_stacks(writer, verdict);
        if (parts.scene != nullptr) {
            write_timeline(writer, parts.scene->log);
            if (parts.scene->state) {
                write_waits(writer, *parts.scene->state, parts.draw);
                write_state(writer, *parts.scene->state);
            }
        }
        HtmlPage page(writer);
        write_nearest(page, verdict);
        page.section("What this rests on");
        write_ground(page, verdict);
    }
    return std::move(writer).take();
}

}  // namespace nfstriage::report
