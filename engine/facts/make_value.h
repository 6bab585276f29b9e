// Making values of the vocabulary: scalars, lists and records, each with trust and provenance. For
// the files that look facts up in a scene.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/frame.h"
#include "facts/scene.h"
#include "facts/value.h"

namespace nfstriage::facts::make {

// A log line, or "derived" when there is none.
Provenance at_line(std::optional<unsigned> line, std::string what = {});
// Where a frame was printed or unwound.
Provenance of_frame(const Frame& frame);

Value integer(std::uint64_t value, Trust trust, Provenance from);
Value text(std::string value, Trust trust, Provenance from);
Value boolean(bool value, Trust trust, Provenance from);
// Whole seconds. Unknown(not_in_log) without a time stamp, or with one that no clock shows.
Value seconds(std::optional<double> time, Trust trust, Provenance from);

// What `scene` does not say: Unknown(not_dumped) in a dump, Unknown(not_in_log) in a log.
Reason absent(const Scene& scene);
Value missing(const Scene& scene, std::string what);
// The string, or missing(scene, what).
Value string_or(const Scene& scene, const std::optional<std::string>& value, std::string what,
                Trust trust, Provenance from);
// True, or missing(scene, what): where the end was not seen it is not known that there was none.
Value true_or(const Scene& scene, bool value, std::string what, Trust trust, Provenance from);

Type record_type(std::string_view schema);
// `why` says what an incomplete list lacks.
Value list_of(Type element, std::size_t size, std::function<Value(std::size_t)> at, bool complete,
              Unknown why, Trust trust, Provenance from);
Value record_of(std::string_view schema, std::function<Value(std::string_view)> get,
                std::string shown, Trust trust, Provenance from);
// For a member that is not in the schema: the rule loader lets none through.
Value no_member(std::string_view schema, std::string_view member);

}  // namespace nfstriage::facts::make
