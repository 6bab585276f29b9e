#include "facts/make_value.h"

#include <cmath>

namespace nfstriage::facts::make {

using Source = Provenance::Source;

Provenance at_line(std::optional<unsigned> line, std::string what) {
    return {line ? Source::log : Source::derived, std::move(what), line, std::nullopt, {}};
}

Provenance of_frame(const Frame& frame) {
    if (frame.log_line || frame.trust == Trust::log)
        return {Source::log, {}, frame.log_line, frame.address, {}};
    return {Source::stack, std::string(to_string(frame.trust)), {}, frame.address, {}};
}

Value integer(std::uint64_t value, Trust trust, Provenance from) {
    Integer number = Integer::of_unsigned(value);
    if (number.value <= INT64_MAX) number.is_unsigned = false;
    return Value(number, trust, std::move(from));
}

Value text(std::string value, Trust trust, Provenance from) {
    return Value(std::move(value), trust, std::move(from));
}

Value boolean(bool value, Trust trust, Provenance from) {
    return Value(value, trust, std::move(from));
}

Value seconds(std::optional<double> time, Trust trust, Provenance from) {
    if (!time || !std::isfinite(*time) || *time < 0 || *time > 1e15)
        return Value(Unknown{Reason::not_in_log, "time stamp"}, std::move(from));
    return integer(static_cast<std::uint64_t>(*time), trust, std::move(from));
}

Reason absent(const Scene& scene) {
    return scene.input.is_dump ? Reason::not_dumped : Reason::not_in_log;
}

Value missing(const Scene& scene, std::string what) {
    return Value(Unknown{absent(scene), std::move(what)});
}

Value string_or(const Scene& scene, const std::optional<std::string>& value, std::string what,
                Trust trust, Provenance from) {
    return value ? text(*value, trust, std::move(from)) : missing(scene, std::move(what));
}

Value true_or(const Scene& scene, bool value, std::string what, Trust trust, Provenance from) {
    return value ? boolean(true, trust, std::move(from)) : missing(scene, std::move(what));
}

Value list_of(Type element, std::size_t size, std::function<Value(std::size_t)> at, bool complete,
              Unknown why, Trust trust, Provenance from) {
    auto list = std::make_shared<List>();
    list->element = std::move(element);
    list->size = size;
    list->at = std::move(at);
    list->complete = complete;
    list->why = std::move(why);
    return Value(std::shared_ptr<const List>(std::move(list)), trust, std::move(from));
}

Type record_type(std::string_view schema) { return Type{Kind::record, std::string(schema)}; }

Value record_of(std::string_view schema, std::function<Value(std::string_view)> get,
                std::string shown, Trust trust, Provenance from) {
    auto record = std::make_shared<Record>();
    record->schema = schema;
    record->get = std::move(get);
    record->text = std::move(shown);
    return Value(std::shared_ptr<const Record>(std::move(record)), trust, std::move(from));
}

Value no_member(std::string_view schema, std::string_view member) {
    return Value(
        Unknown{Reason::corrupt, std::string(schema) + " has no member " + std::string(member)});
}

}  // namespace nfstriage::facts::make
