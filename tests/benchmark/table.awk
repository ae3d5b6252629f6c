# The table of ratios, from lines of `row` (results.awk), one for each repeat of a row: the medians over
# the repeats, and from the lowest to the highest ratio. format: text, md or json.
BEGIN { FS = "\t" }

function median(list, count,    i, j, low) {  # sorts
  for (i = 2; i <= count; ++i) {
    low = list[i]
    for (j = i - 1; j >= 1 && list[j] > low; --j) list[j + 1] = list[j]
    list[j + 1] = low
  }
  return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}

# Column `column` of all repeats of a row, sorted into `sorted`; its median.
function median_of(name, column,    i) {
  split("", sorted)
  for (i = 1; i <= repeats[name]; ++i) sorted[i] = field[name, i, column]
  return median(sorted, repeats[name])
}

function with_unit(number, unit) {
  if (unit == "/s") {
    if (number >= 1e6) return sprintf("%.2f M/s", number / 1e6)
    if (number >= 1e4) return sprintf("%.1f k/s", number / 1e3)
    return sprintf("%.0f /s", number)
  }
  if (number < 1e-6) return sprintf("%.0f ns", number * 1e9)
  if (number < 1e-3) return sprintf("%.2f us", number * 1e6)
  if (number < 1) return sprintf("%.2f ms", number * 1e3)
  return sprintf("%.2f s", number)
}

function ratio_text(ratio) { return sprintf(ratio < 0.1 ? "%.2g" : "%.3f", ratio) }

function aim_text(kind, aim) {
  if (kind == "") return ""
  return (kind ~ /at_most/ ? "<= " : ">= ") (kind ~ /^ratio/ ? aim : with_unit(aim, "s"))
}

function missed(kind, aim, ratio, ours,    actual) {
  if (kind == "") return 0
  actual = kind ~ /^ratio/ ? ratio : ours
  return kind ~ /at_most/ ? actual > aim : actual < aim
}

function quoted(text) {
  gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text)
  return "\"" text "\""
}

$1 == "row" {
  name = $2
  if (!(name in repeats)) names[++rows] = name
  ++repeats[name]
  for (i = 3; i <= NF; ++i) field[name, repeats[name], i] = i >= 5 && i <= 7 ? $i + 0 : $i
}

END {
  split("row,measured / floor or peer,ours,floor,ratio,spread,aim", head, ",")
  for (c = 1; c <= 7; ++c) { cell[0, c] = head[c]; width[c] = length(head[c]) }
  if (format == "json") print "["
  for (r = 1; r <= rows; ++r) {
    name = names[r]
    unit = field[name, 1, 4]; kind = field[name, 1, 8]; aim = field[name, 1, 9] + 0
    ours = median_of(name, 5); floor = median_of(name, 6); ratio = median_of(name, 7)
    low = sorted[1]; high = sorted[repeats[name]]
    if (format == "json") {
      printf "  {\"row\": %s, \"what\": %s, \"unit\": \"%s\", \"ours\": %.6g, \"floor\": %.6g, ", \
          quoted(name), quoted(field[name, 1, 3]), unit, ours, floor
      printf "\"ratio\": %.4g, \"lowest\": %.4g, \"highest\": %.4g, \"repeats\": %d, ", \
          ratio, low, high, repeats[name]
      if (kind != "") {
        printf "\"aim\": {\"%s\": %g}, \"missed\": %s, ", kind, aim, \
            missed(kind, aim, ratio, ours) ? "true" : "false"
      }
      printf "\"how\": %s}%s\n", quoted(how), r < rows ? "," : ""
      continue
    }
    cell[r, 1] = name
    cell[r, 2] = field[name, 1, 3]
    cell[r, 3] = with_unit(ours, unit)
    cell[r, 4] = with_unit(floor, unit)
    cell[r, 5] = ratio_text(ratio)
    cell[r, 6] = ratio_text(low) "-" ratio_text(high)
    cell[r, 7] = aim_text(kind, aim) (missed(kind, aim, ratio, ours) ? " missed" : "")
    for (c = 1; c <= 7; ++c) if (length(cell[r, c]) > width[c]) width[c] = length(cell[r, c])
  }
  if (format == "json") { print "]"; exit }
  for (r = 0; r <= rows; ++r) {
    line = ""
    for (c = 1; c <= 7; ++c) {
      line = line (format == "md" ? (c == 1 ? "| " : " | ") : (c == 1 ? "" : "  ")) \
          sprintf("%" (c < 3 || c == 7 ? "-" : "") width[c] "s", cell[r, c])
    }
    if (format == "md") line = line " |"
    sub(/ +$/, "", line)
    print line
    if (format == "md" && r == 0) print "|---|---|--:|--:|--:|--:|---|"
  }
  print ""
  printf "%s%s, pairs measured in turns; medians, and the spread of the ratio over the repeats\n", \
      format == "md" ? "" : "# ", how
}
