#include "shared/log/archive/record.hpp"

#include "shared/log/archive/fields.hpp"
#include "shared/run/json_text.hpp"

namespace callboard::log {
namespace {

std::string begin(std::string_view kind) {
  std::string out = "{";
  append_member(out, "kind", kind);
  return out;
}

template <typename T>
void append_list(std::string& out, std::string_view name, const std::vector<T>& list, auto append) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (const T& each : list) {
    if (out.back() != '[') out += ',';
    append(out, each);
  }
  out += ']';
}

void append_runs(std::string& out, const std::vector<RunId>& runs) {
  append_list(out, "runs", runs, [](std::string& to, const RunId& run) { to += '"' + to_string(run) + '"'; });
}

void append_span(std::string& out, const Span& span) {
  out += '{';
  if (span.since) append_member(out, "since", *span.since);
  if (span.until) append_member(out, "until", *span.until);
  out += '}';
}

std::string encode(const ArchiveHeader& header) {
  std::string out = begin("archive");
  append_number(out, "v", kArchiveVersion);
  append_number(out, "partitions", header.partitions);
  append_member(out, "snapshot", header.snapshot);
  const Selection& selection = header.selection;
  if (!selection.spans.empty()) append_list(out, "spans", selection.spans, append_span);
  if (!selection.runs.empty()) append_runs(out, selection.runs);
  if (selection.closed_only) append_member(out, "state", "closed");
  return out + '}';
}

std::string encode(const Definition& definition) {
  std::string out = begin("definition");
  append_member(out, "slug", definition.slug);
  append_member(out, "name", definition.name);
  append_member(out, "version", definition.version);
  append_member(out, "hash", definition.hash);
  append_member(out, "format", definition.format);
  append_member(out, "at", definition.at);
  if (definition.current) out += ",\"current\":true";
  append_text_or_bytes(out, "body", definition.body);
  return out + '}';
}

std::string encode(const StoredDelivery& delivery) {
  std::string out = begin("delivery");
  append_member(out, "id", to_string(delivery.id));
  append_member(out, "source", delivery.source);
  append_member(out, "externalId", delivery.external_id);
  append_member(out, "event", delivery.event);
  append_member(out, "matchedAgainst", delivery.matched_against);
  append_member(out, "at", delivery.at);
  append_bytes(out, "headers", delivery.headers);
  append_bytes(out, "verdicts", delivery.verdicts);
  append_bytes(out, "body", delivery.body);
  return out + '}';
}

std::string encode(const StoredOrigin& origin) {
  std::string out = begin("origin");
  append_member(out, "source", origin.kind);
  append_member(out, "hash", to_hex(origin.hash));
  append_member(out, "maker", to_string(origin.maker));
  if (origin.delivery) append_member(out, "delivery", to_string(*origin.delivery));
  append_member(out, "at", origin.at);
  append_text_or_bytes(out, "fingerprint", origin.fingerprint);
  append_runs(out, origin.runs);
  return out + '}';
}

std::string encode(const RunHeading& run) {
  std::string out = begin("run");
  append_member(out, "id", to_string(run.id));
  if (!run.group.empty()) append_member(out, "group", run.group);
  return out + '}';
}

std::string encode(const run::Event& event) {
  std::string out = begin("event");
  append_member(out, "key", event.key);
  // A type that this program has no name for is kept as its number.
  if (const std::string_view name = to_string(event.type); run::parse_event_type(name))
    append_member(out, "type", name);
  else
    append_number(out, "type", static_cast<std::int16_t>(event.type));
  append_number(out, "writer", event.writer.value);
  append_number(out, "position", event.position);
  append_member(out, "at", event.at);
  append_bytes(out, "data", event.data);
  return out + '}';
}

std::string encode(const ArchiveTrailer& trailer) {
  std::string out = begin("end");
  const auto count = [&](std::string_view name, std::uint64_t value) {
    append_number(out, name, static_cast<std::int64_t>(value));
  };
  count("definitions", trailer.counts.definitions);
  count("deliveries", trailer.counts.deliveries);
  count("origins", trailer.counts.origins);
  count("runs", trailer.counts.runs);
  count("events", trailer.counts.events);
  append_member(out, "sha256", to_hex(trailer.hash));
  return out + '}';
}

std::vector<RunId> read_runs(Fields& fields) {
  std::vector<RunId> runs;
  for (const std::string_view item : fields.items("runs")) {
    const auto id = parse_id<RunId>(run::text_of(item).value_or(""));
    if (!id) fields.fail_at("runs", "a list of ids");
    runs.push_back(id.value_or(RunId{}));
  }
  return runs;
}

std::vector<Span> read_spans(Fields& fields) {
  std::vector<Span> spans;
  for (const std::string_view item : fields.items("spans")) {
    Fields each(item);
    Span span;
    if (each.has("since")) span.since = each.time("since");
    if (each.has("until")) span.until = each.time("until");
    if (each.problem()) fields.fail_at("spans", "a list of times");
    spans.push_back(span);
  }
  return spans;
}

ArchiveHeader read_header(Fields& fields) {
  const std::int64_t version = fields.number("v");
  if (version != kArchiveVersion) {
    fields.fail_at("v", std::to_string(kArchiveVersion) + ": the archive is of version " +
                            std::to_string(version) + ", which this program does not read");
  }
  ArchiveHeader header;
  const std::int64_t partitions = fields.number("partitions");
  if (partitions < 1 || partitions > 0x7fff) fields.fail_at("partitions", "a number of partitions");
  header.partitions = static_cast<Partition>(partitions);
  header.snapshot = fields.text("snapshot");
  header.selection = {read_spans(fields), read_runs(fields), fields.text_or_empty("state") == "closed"};
  return header;
}

Definition read_definition(Fields& fields) {
  Definition definition;
  definition.slug = fields.text("slug");
  definition.name = fields.text("name");
  definition.version = fields.text("version");
  definition.hash = fields.text("hash");
  definition.format = fields.text("format");
  definition.at = fields.time("at");
  definition.current = fields.flag("current");
  definition.body = fields.text_or_bytes("body");
  return definition;
}

StoredDelivery read_delivery(Fields& fields) {
  StoredDelivery delivery;
  delivery.id = DeliveryId{fields.uuid("id")};
  delivery.source = fields.text("source");
  delivery.external_id = fields.text("externalId");
  delivery.event = fields.text("event");
  delivery.matched_against = fields.text("matchedAgainst");
  delivery.at = fields.time("at");
  delivery.headers = fields.bytes("headers");
  delivery.verdicts = fields.bytes("verdicts");
  delivery.body = fields.bytes("body");
  return delivery;
}

StoredOrigin read_origin(Fields& fields) {
  StoredOrigin origin;
  origin.kind = fields.text("source");
  origin.hash = fields.hash("hash");
  origin.maker = fields.uuid("maker");
  if (fields.has("delivery")) origin.delivery = DeliveryId{fields.uuid("delivery")};
  origin.at = fields.time("at");
  origin.fingerprint = fields.text_or_bytes("fingerprint");
  origin.runs = read_runs(fields);
  return origin;
}

run::EventType read_type(Fields& fields) {
  const auto name = run::text_of(fields.raw("type"));
  if (!name) {
    const std::int64_t number = fields.number("type");
    if (number < -0x8000 || number > 0x7fff) fields.fail_at("type", "a type of event");
    return static_cast<run::EventType>(static_cast<std::int16_t>(number));
  }
  const auto type = run::parse_event_type(*name);
  if (!type) fields.fail_at("type", "a type of event that this program knows");
  return type.value_or(run::EventType::run_created);
}

run::Event read_event(Fields& fields) {
  run::Event event;
  event.key = fields.text("key");
  if (event.key.empty() || event.key.size() > limits::kKeyBytes) fields.fail_at("key", "a key");
  event.type = read_type(fields);
  event.writer = Writer{fields.number("writer")};
  event.position = fields.number("position");
  event.at = fields.time("at");
  event.data = fields.bytes("data");
  return event;
}

ArchiveTrailer read_trailer(Fields& fields) {
  ArchiveTrailer trailer;
  trailer.counts.definitions = fields.count("definitions");
  trailer.counts.deliveries = fields.count("deliveries");
  trailer.counts.origins = fields.count("origins");
  trailer.counts.runs = fields.count("runs");
  trailer.counts.events = fields.count("events");
  trailer.hash = fields.hash("sha256");
  return trailer;
}

std::optional<ArchiveRecord> read_record(const std::string& kind, Fields& fields) {
  if (kind == "event") return read_event(fields);
  if (kind == "run") return RunHeading{RunId{fields.uuid("id")}, fields.text_or_empty("group")};
  if (kind == "delivery") return read_delivery(fields);
  if (kind == "origin") return read_origin(fields);
  if (kind == "definition") return read_definition(fields);
  if (kind == "archive") return read_header(fields);
  if (kind == "end") return read_trailer(fields);
  return std::nullopt;
}

}  // namespace

std::string encode_record(const ArchiveRecord& record) {
  return std::visit([](const auto& each) { return encode(each); }, record);
}

Result<ArchiveRecord> decode_record(std::string_view line) {
  if (!run::is_json(line, kLineDepth)) return fail(ErrorCode::invalid, "no JSON");
  Fields fields(line);
  const std::string kind = run::text_of(fields.raw("kind")).value_or("");
  auto record = read_record(kind, fields);
  if (!record) return fail(ErrorCode::invalid, "no line of an archive: its kind is \"" + kind + "\"");
  if (fields.problem()) return std::unexpected(*fields.problem());
  return std::move(*record);
}

}  // namespace callboard::log
