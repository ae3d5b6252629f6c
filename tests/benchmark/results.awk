# From the JSON of Google Benchmark, which has one key on each line: `error NAME MESSAGE` for a
# benchmark that reports one, `row …` for a row (paired.h), `result NAME` for any other; the fields are
# separated by tabs.
# Fields of a row: name, what is compared, unit (s or /s), ours, floor, ratio, kind of aim, aim.
BEGIN { OFS = "\t" }
/^    \{$/ { split("", value) }
/^      "/ {
  key = $0; sub(/^ *"/, "", key); sub(/".*/, "", key)
  text = $0; sub(/^ *"[^"]*": */, "", text); sub(/,$/, "", text)
  sub(/^"/, "", text); sub(/"$/, "", text); gsub(/\\"/, "\"", text)
  value[key] = text
}
/^    \},?$/ && "run_type" in value && value["run_type"] == "iteration" {
  name = value["name"]
  is_row = sub(/^row\//, "", name)
  sub(/\/real_time.*/, "", name)
  if (value["error_occurred"] == "true") print "error", name, value["error_message"]
  else if (!is_row) print "result", name
  else {
    unit = "ours_s" in value ? "s" : "/s"
    suffix = unit == "s" ? "_s" : "_per_s"
    kind = ""
    for (key in value) if (key ~ /_at_(most|least)$/) kind = key
    print "row", name, value["label"], unit, value["ours" suffix], value["floor" suffix], \
        value["ratio"], kind, kind == "" ? "" : value[kind]
  }
}
