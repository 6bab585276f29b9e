// What a console log says, as values of the vocabulary: its reports, notices, servers and lines.
#pragma once

#include <optional>
#include <string_view>

#include "facts/scene.h"
#include "facts/value.h"

namespace nfstriage::facts {

// The fact `log.MEMBER`. Lists are incomplete when the log is cut. The scene must outlive it.
Value log_value(const Scene& scene, std::string_view member);

// A line's place in time: a newest-first export has its lines the other way round.
Value line_order(const Scene& scene, std::optional<unsigned> line);

}  // namespace nfstriage::facts
