#include "dispatcher/api/openapi.hpp"

namespace callboard::dispatcher {

namespace {

// clang-format off
constexpr std::string_view kSchemas = R"({
  "Problem":{"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},
    "status":{"type":"integer"},"detail":{"type":"string"},"errors":{"type":"array","items":{
    "type":"object","properties":{"line":{"type":"integer"},"column":{"type":"integer"},"path":{
    "type":"string"},"message":{"type":"string"}},"required":["line","column","path","message"]}}},
    "required":["type","title","status"]},
  "Empty":{"type":"object","additionalProperties":false,"description":"No members; the body may be left out"},
  "Anything":{"description":"Any JSON, or nothing"},
  "Resume":{"type":"object","properties":{"checkpointId":{"type":"string"}},"additionalProperties":false},
  "StepAnswer":{"type":"object","properties":{"answer":{"enum":["retry","fail","complete"]},"result":{
    "description":"Of complete: the step's result"}},"required":["answer"],"additionalProperties":false},
  "Vote":{"type":"object","properties":{"approve":{"type":"boolean"},"by":{"type":"string","maxLength":100,
    "description":"Who says so; must be one of the step's approvers where it names some"},"comment":{
    "type":"string","maxLength":1000}},"required":["approve"],"additionalProperties":false},
  "Migrate":{"type":"object","properties":{"to":{"type":["object","string"],"description":
    "A definition, its text in YAML, or the hash of a stored one; the workflow's current one if not given"},
    "dryRun":{"type":"boolean"},"at":{"type":"integer","description":
    "With dryRun: only the history up to this position"}},"additionalProperties":false},
  "Migration":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"state":{
    "type":"string"},"from":{"$ref":"#/components/schemas/Pinned"},"to":{
    "$ref":"#/components/schemas/Pinned"},"safe":{"type":"boolean"},"differences":{"type":"array","items":{
    "type":"object","properties":{"step":{"type":["string","null"]},"kind":{"enum":["gone","added","order",
    "condition","input","history"]},"detail":{"type":"string"},"forbids":{"type":"boolean"}},"required":[
    "step","kind","detail","forbids"]}}},"required":["id","state","from","to","safe","differences"]},
  "Pinned":{"type":"object","properties":{"version":{"type":"string"},"hash":{"type":"string"}},"required":[
    "version","hash"]},
  "Bulk":{"type":"object","properties":{"action":{"enum":["cancel","pause","resume","retry","fork","migrate","replay"]},
    "to":{"type":["object","string"],"description":"Of migrate, as in Migrate"},"from":{"type":"string",
    "description":"Of fork, as inputs and definition are"},"inputs":{"type":"object"},"definition":{
    "type":["object","string"]},"filter":{
    "type":"object","properties":{"state":{"type":"string"},"workflow":{"type":"string"},"label":{"description":
    "name:value, or name for any value; of several all must hold","type":["string","array"],"items":{
    "type":"string"}},"since":{
    "type":"string","format":"date-time"},"until":{"type":"string","format":"date-time"}},
    "additionalProperties":false},"dryRun":{"type":"boolean"},"cursor":{"type":"string"}},"required":[
    "action","filter"],"additionalProperties":false},
  "BulkAnswer":{"type":"object","properties":{"action":{"type":"string"},"dryRun":{"type":"boolean"},
    "matched":{"type":"integer"},"accepted":{"type":"integer"},"refused":{"type":"array","items":{
    "type":"object","properties":{"id":{"type":"string"},"reason":{"type":"string"}},
    "required":["id","reason"]}},"next":{"type":["string","null"]}},"required":["action","dryRun","matched",
    "accepted","refused","next"]},
  "Scope":{"type":"object","properties":{"scope":{"enum":["workflow","source","all"]},"name":{"type":"string",
    "description":"A workflow's slug, or a source: github, linear, schedule, api. Not of all"}},"required":["scope"],
    "additionalProperties":false},
  "NewPause":{"type":"object","properties":{"scope":{"enum":["workflow","source","all"]},"name":{
    "type":"string","description":"A workflow's slug, or a source: github, linear, schedule, api. Not of all"},"reason":{
    "type":"string","maxLength":500}},"required":["scope"],"additionalProperties":false},
  "Pause":{"type":"object","properties":{"scope":{"enum":["workflow","source","all"]},"name":{"type":"string"},
    "at":{"type":"string","format":"date-time"},"actor":{"type":"string"},"reason":{"type":"string"}},
    "required":["scope","name","at","actor","reason"]},
  "PausePage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Pause"}},"next":{"type":["string","null"]}},"required":["items","next"]},
  "PauseLifted":{"type":"object","properties":{"scope":{"enum":["workflow","source","all"]},"name":{
    "type":"string"},"wasPaused":{"type":"boolean"}},"required":["scope","name","wasPaused"]},
  "DeadLetter":{"type":"object","properties":{"id":{"type":"string"},"runId":{"type":"string","format":"uuid"},
    "workflow":{"type":"string"},"step":{"type":"string"},"item":{"type":"integer"},"generation":{
    "type":"integer"},"attempt":{"type":"integer"},"at":{"type":"string","format":"date-time"},"reason":{
    "type":"string"},"begins":{"type":"integer","description":
    "How often it was begun after a redelivery of its job"},"workers":{"type":"array","items":{
    "type":"string","format":"uuid"},"description":"Those that are known to have begun it"},"state":{"enum":[
    "asking","failed","failing","cancelled","tolerated","answered","retried","replayed","unreadable"]},
    "open":{"type":"boolean","description":"Nobody has seen to it yet"},"replay":{"enum":["answer","retry",
    null],"description":"What a replay tells the run; null: it can't be replayed"},"detail":{
    "type":"string","description":"Why not, and the way out"},"history":{"type":"array","items":{
    "$ref":"#/components/schemas/Event"},"description":"The events of its step, where one is asked for"}},
    "required":["id","runId","workflow","step","generation","attempt","at","reason","begins","workers",
    "state","open","replay"]},
  "DeadLetterPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/DeadLetter"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Replayed":{"type":"object","properties":{"id":{"type":"string"},"runId":{"type":"string",
    "format":"uuid"},"state":{"type":"string","description":"Of the dead letter, when it was asked for"},
    "replay":{"enum":["answer","retry",null],"description":"What the run was told"}},"required":["id",
    "runId","state","replay"]},
  "Fork":{"type":"object","properties":{"from":{"type":"string","description":"The first step to run again, or an item of a map: build[2]"},
    "inputs":{"type":"object"},"definition":{"type":["object","string"],"description":
    "Another definition, or its text in YAML; the run's own if not given"},"dryRun":{"type":"boolean"}},
    "required":["from"],"additionalProperties":false},
  "ForkPlan":{"type":"object","properties":{"keeps":{"type":"array","items":{"type":"string"}},"runs":{
    "type":"array","items":{"type":"string"}},"hash":{"type":"string"}},"required":["keeps","runs","hash"]},
  "Checkpoint":{"type":"object","properties":{"id":{"type":"string"},"generation":{"type":"integer"},
    "level":{"type":"integer"},"position":{"type":"integer"},"decisions":{"type":"integer"},"at":{
    "type":"string","format":"date-time"},"stored":{"description":"The run's fold is stored here","enum":[
    "full","changes"]}},"required":["id","generation","level","position","decisions","at"]},
  "CheckpointPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Checkpoint"}},"next":{"type":["string","null"]}},"required":["items","next"]},
  "StoreFold":{"type":"object","properties":{"full":{"type":"boolean","default":false}},
    "additionalProperties":false},
  "Dropped":{"type":"object","properties":{"dropped":{"type":"integer"}},"required":["dropped"]},
  "JsonSchema":{"type":"object"},
  "Webhook":{"type":"object","description":"The sender's payload; its signature stands in a header"},
  "Arrived":{"type":"object","properties":{"deliveryId":{"type":"string","format":"uuid"},"runs":{
    "type":"array","items":{"type":"string","format":"uuid"}},"duplicate":{"type":"boolean"}},
    "required":["deliveryId","runs","duplicate"]},
  "StartRun":{"type":"object","properties":{"inputs":{"type":"object"},"idempotencyKey":{
    "type":"string","maxLength":200}},"additionalProperties":false},
  "RegisterWorkflow":{"description":"A workflow (see /schemas/workflow.json), or this envelope",
    "type":"object","properties":{"workflow":{"type":["object","string"],
    "description":"A workflow, or its text in YAML"},"inputs":{"type":"object"},"start":{
    "type":"boolean"},"idempotencyKey":{"type":"string","maxLength":200}}},
  "Registered":{"anyOf":[{"$ref":"#/components/schemas/Run"},{
    "$ref":"#/components/schemas/RunStarted"},{"type":"object","properties":{"workflow":{
    "type":"string"},"version":{"type":"string"},"hash":{"type":"string"},"current":{"type":"boolean"}},
    "required":["workflow","version","hash","current"]}]},
  "RunStarted":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"workflow":{
    "type":"string"},"version":{"type":"string"},"state":{"enum":["pending","running","waiting",
    "paused","cancelling","completed","failed","cancelled"]}},"required":["id","workflow","version",
    "state"]},
  "Accepted":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"state":{
    "enum":["pending","running","waiting","paused","cancelling","completed","failed","cancelled"]}},
    "required":["id","state"]},
  "RunHead":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"workflow":{
    "type":"string"},"version":{"type":"string"},"hash":{"type":"string"},"state":{"enum":["pending",
    "running","waiting","paused","cancelling","completed","failed","cancelled"]},"createdAt":{
    "type":"string","format":"date-time"},"closedAt":{"type":["string","null"],"format":"date-time"},
    "deliveryId":{"type":"string","format":"uuid"},"labels":{"type":"object","additionalProperties":{
    "type":"string"}}},"required":["id","workflow","version","hash","state","createdAt","closedAt"]},
  "RunPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/RunHead"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Step":{"type":"object","properties":{"key":{"type":"string"},"state":{"enum":["pending","ready",
    "running","waiting","retrying","completed","failed","skipped","cancelled"]},"attempts":{
    "type":"integer"},"startedAt":{"type":["string","null"],"format":"date-time"},"closedAt":{
    "type":["string","null"],"format":"date-time"},"result":true,"error":{"oneOf":[{"type":"null"},{
    "type":"object","properties":{"class":{"type":"string"},"message":{"type":"string"}},
    "required":["class","message"]}]},"usage":true,"run":{"type":"string","format":"uuid",
    "description":"The child run that it has started"}},"required":["key","state","attempts","startedAt",
    "closedAt","result","error"]},
  "Run":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"generation":{
    "type":"integer","description":"One more with every retry and rewind"},"workflow":{
    "type":"string"},"version":{"type":"string"},"hash":{"type":"string"},"state":{"enum":["pending",
    "running","waiting","paused","cancelling","completed","failed","cancelled"]},"createdAt":{
    "type":"string","format":"date-time"},"closedAt":{"type":["string","null"],"format":"date-time"},
    "inputs":{"type":"object"},"labels":{"type":"object","additionalProperties":{"type":"string"}},
    "steps":{"type":"array","items":{"$ref":"#/components/schemas/Step"}},
    "outputs":true,"error":{"oneOf":[{"type":"null"},{"type":"object","properties":{"class":{
    "type":"string"},"message":{"type":"string"}},"required":["class","message"]}]},"usage":{"oneOf":[{
    "type":"null"},{"type":"object","properties":{"inputTokens":{"type":"integer"},"outputTokens":{
    "type":"integer"}},"required":["inputTokens","outputTokens"]}]},"waitingFor":{"type":"array",
    "items":{"type":"object","properties":{"kind":{"type":"string"},"step":{"type":["string","null"]},
    "since":{"type":["string","null"],"format":"date-time"},"until":{"type":"string",
    "format":"date-time"},"detail":{"type":"string"},"approvalUrl":{"type":"string","description":
    "Of an approval: the page where whoever has this address may answer, until then"}},"required":["kind",
    "step","since"]}},
    "deliveryId":{"type":"string","format":"uuid"},"forkedFrom":{"type":"string","format":"uuid"},
    "parent":{"type":"object","properties":{"run":{"type":"string","format":"uuid"},"step":{
    "type":"string"}},"required":["run","step"]},"continuedFrom":{"type":"string","format":"uuid"},
    "continuedAs":{"type":"string","format":"uuid"},
    "event":{"type":"string"}},"required":["id",
    "workflow","version","state"]},
  "Event":{"type":"object","properties":{"position":{"type":"integer"},"runId":{"type":"string",
    "format":"uuid"},"key":{"type":"string"},"type":{"type":"string"},"step":{"type":["string","null"]},
    "attempt":{"type":["integer","null"]},"at":{"type":"string","format":"date-time"},"actor":{
    "type":"string"},"part":{"type":"integer"},"data":true},"required":["position","runId","key","type",
    "step","attempt","at","data"]},
  "EventPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Event"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Verdict":{"type":"object","properties":{"workflow":{"type":"string"},"outcome":{"enum":["started",
    "condition_false","error","held","replaced","woke","cancelled"]},"run":{"type":["string","null"]},"detail":{
    "type":"string"}},
    "required":["workflow","outcome","run"]},
  "Delivery":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"source":{
    "type":"string"},"externalId":{"type":"string"},"event":{"type":"string"},"at":{"type":"string",
    "format":"date-time"},"replayOf":{"type":"string","format":"uuid"},"verdicts":{"type":"array",
    "items":{"$ref":"#/components/schemas/Verdict"}},"matchedAgainst":{"type":"string"},"headers":{
    "type":"object"},"payload":true},"required":["id","source","externalId","event","at","verdicts"]},
  "DeliveryPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Delivery"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Workflow":{"type":"object","properties":{"name":{"type":["string","null"]},"title":{
    "type":"string"},"version":{"type":"string"},"hash":{"type":"string"},"registeredAt":{
    "type":"string","format":"date-time"},"steps":{"type":"integer"},"triggers":{"type":"array",
    "items":{"type":"object"}},"inputs":{"type":"array","items":{"type":"object"}},"problems":{
    "type":"string"},"file":{"type":"string"},"current":{"type":"boolean"},"format":{"type":"string"},
    "definition":{"type":"string"},"debounce":{"type":"object","properties":{"for":{"type":"string"},"max":{
    "type":"string"}},"required":["for","max"]},"batch":{"type":"object","properties":{"for":{"type":"string"},
    "size":{"type":"integer"}},"required":["for","size"]},"held":{"type":"object","description":
    "What is held of its events","properties":{"groups":{"type":"integer"},"events":{"type":"integer"},"next":{
    "type":"array","items":{"type":"object","properties":{"kind":{"enum":["debounce","batch"]},"key":{
    "type":"string"},"source":{"type":"string"},"events":{"type":"integer"},"since":{"type":"string",
    "format":"date-time"},"due":{"type":"string","format":"date-time"}},"required":["kind","key","source",
    "events","since","due"]}}},"required":["groups","events","next"]},"versions":{"type":"array","items":{"type":"object","properties":{
    "version":{"type":"string"},"hash":{"type":"string"},"registeredAt":{"type":"string",
    "format":"date-time"},"current":{"type":"boolean"}},"required":["version","hash","registeredAt",
    "current"]}}},"required":["name"]},
  "WorkflowPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Workflow"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Schedules":{"type":"object","properties":{"workflow":{"type":"string"},"paused":{"description":
    "The pause that skips its ticks","oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Pause"}]},"schedules":{
    "type":"array","items":{"type":"object","properties":{"cron":{"type":"string"},"timezone":{"type":"string"},
    "catchup":{"enum":["none","latest","all"]},"overlap":{"enum":["skip","queue","allow"]},"jitter":{"type":"string"}},
    "required":["cron","timezone","catchup","overlap","jitter"]}},"next":{"type":"array","description":
    "The next ticks of all its schedules","items":{"type":"object","properties":{"at":{"type":"string","format":
    "date-time"},"local":{"type":"string","format":"date-time","description":"The same with the zone's offset"},
    "firesAt":{"type":"string","format":"date-time","description":"With its part of the jitter"},"cron":{
    "type":"string"},"timezone":{"type":"string"}},"required":["at","local","firesAt","cron","timezone"]}},"ticks":{
    "type":"array","description":"What became of the last ones, newest first","items":{
    "$ref":"#/components/schemas/Tick"}}},"required":["workflow","paused","schedules","next","ticks"]},
  "Tick":{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"cron":{"type":"string"},
    "timezone":{"type":"string"},"outcome":{"enum":["starting","started","waiting","skipped","failed"]},"caughtUp":{
    "type":"boolean","description":"It was missed, and made good"},"count":{"type":"integer","description":
    "Ticks that this entry accounts for; `at` is the last of them"},"detail":{"type":"string","description":
    "Why it was skipped or failed"},"runId":{"type":["string","null"],"format":"uuid"},"decidedAt":{"type":"string",
    "format":"date-time"}},"required":["at","cron","timezone","outcome","caughtUp","count","runId","decidedAt"]},
  "Backfill":{"type":"object","properties":{"schedule":{"type":"object","properties":{"from":{"type":"string",
    "format":"date-time"},"until":{"type":"string","format":"date-time"},"cron":{"type":"string","description":
    "Only of this one of its schedules"}},"required":["from","until"],"additionalProperties":false},"deliveries":{
    "type":"object","properties":{"since":{"type":"string","format":"date-time"},"until":{"type":"string",
    "format":"date-time"},"source":{"type":"string","description":"github, linear, webhook or workflow"},"event":{
    "type":"string","description":"With or without an action"},"after":{"type":"string","format":"uuid","description":
    "Go on behind this one: `next` of the answer before"},"again":{"type":"string","maxLength":100,"description":
    "A name: also those for which the workflow has a run, once for each name"}},"required":["since","until"],
    "additionalProperties":false},"dryRun":{
    "type":"boolean"},"rate":{"type":["integer","string"],"description":
    "Runs a second, 10 or 10/s, the default, or a minute, 30/m"}},
    "oneOf":[{"required":["schedule"]},{"required":["deliveries"]}],"additionalProperties":false},
  "Backfilled":{"oneOf":[{"$ref":"#/components/schemas/BackfilledTicks"},{
    "$ref":"#/components/schemas/BackfilledDeliveries"}]},
  "BackfilledDeliveries":{"type":"object","properties":{"dryRun":{"type":"boolean"},"looked":{"type":"integer"},
    "started":{"type":"integer","description":"Of a preview: that would start"},"held":{"type":"integer"},
    "existing":{"type":"integer"},"failed":{"type":"integer"},"items":{"type":"array","items":{"type":"object",
    "properties":{"delivery":{"type":"string","format":"uuid"},"at":{"type":"string","format":"date-time"},
    "event":{"type":"string"},"outcome":{"enum":["start","started","held","existing","condition_false",
    "no_listener","replay","failed"]},"run":{"type":"string","format":"uuid"},"detail":{"type":"string"}},
    "required":["delivery","at","event","outcome"]}},"next":{"type":["string","null"],"description":
    "Go on with this as `after`"}},"required":["dryRun","looked","started","held","existing","failed","items",
    "next"]},
  "BackfilledTicks":{"type":"object","properties":{"dryRun":{"type":"boolean"},"ticks":{"type":"integer","description":
    "In the range"},"first":{"type":["string","null"],"format":"date-time"},"last":{"type":["string","null"],
    "format":"date-time"},"started":{"type":"integer","description":"Of a preview: that would start"},"existing":{"type":"integer","description":
    "Ticks whose run stood already"},"failed":{"type":"array","items":{"type":"object","properties":{"at":{
    "type":"string","format":"date-time"},"reason":{"type":"string"}},"required":["at","reason"]}},"next":{
    "type":["string","null"],"format":"date-time","description":"Go on with this as `from`"}},"required":["dryRun",
    "ticks","first","last","started","existing","failed","next"]},
  "Worker":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"name":{
    "type":"string"},"pool":{"type":"string"},"slots":{"type":"integer"},"busy":{"type":"integer"},
    "draining":{"type":"boolean"},"running":{"type":"array","items":{"type":"string"}}},
    "required":["id","name","pool","slots","busy","draining","running"]},
  "WorkerPage":{"type":"object","properties":{"items":{"type":"array","items":{
    "$ref":"#/components/schemas/Worker"}},"next":{"type":["string","null"]}},"required":["items",
    "next"]},
  "Limits":{"type":"object","additionalProperties":{"type":["integer","string"]}},
  "Health":{"type":"object","properties":{"status":{"const":"ok"},"version":{"type":"string"},
    "badWorkflows":{"type":"array","items":{"type":"object","properties":{"file":{"type":["string",
    "null"]},"workflow":{"type":["string","null"]},"problems":{"type":"string"}},"required":["file",
    "workflow","problems"]}},"pauses":{"type":"array","items":{"$ref":"#/components/schemas/Pause"}}},
    "required":["status","version","badWorkflows","pauses"]},
  "Ready":{"type":"object","properties":{"ready":{"type":"boolean"},"workflowsLoaded":{
    "type":"boolean"},"bus":{"type":"boolean"},"leases":{"type":"boolean"}},"required":["ready",
    "workflowsLoaded","bus","leases"]}
})";
// clang-format on

}  // namespace

std::string_view openapi_schemas() { return kSchemas; }

}  // namespace callboard::dispatcher
