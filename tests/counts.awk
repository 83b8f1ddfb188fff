# Counts the cases of JUnit reports, Surefire's and CTest's, by device: the folder a Surefire report
# lies in, or "native" for CTest's. Ends on the plain line that a reader, or CI, looks for.
#   broken   names of the test runners that did not come to their end
#   counts   a file that gets "device executed failed skipped" lines

function plain(text) {
  gsub(/&quot;/, "\"", text); gsub(/&apos;|&#39;/, "'", text); gsub(/&#10;/, " ", text)
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\&", text)
  gsub(/  +/, " ", text)
  return text
}

function attribute(name) {
  if (!match($0, " " name "=\"[^\"]*\"")) return ""
  return plain(substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4))
}

function skip(reason) {
  skips[device ": " (reason == "" ? name " gives no reason" : reason)]++
  silent = 0
}

FNR == 1 {
  quoted = 0
  device = "native"
  if (FILENAME !~ /ctest\.xml$/) {
    device = FILENAME
    sub(/\/[^\/]*$/, "", device)
    sub(/.*\//, "", device)
  }
  if (!(device in cases)) devices[++device_count] = device
  cases[device] += 0
}

# What a test printed, or a stack trace, is no part of the report's own text.
quoted {
  if (index($0, "]]>")) quoted = 0
  next
}

{ quoted = $0 ~ /<!\[CDATA\[/ && $0 !~ /\]\]>/ }

/^[ \t]*<testcase / {
  cases[device]++
  name = attribute("classname") == attribute("name") ? attribute("name") : attribute("classname") "." attribute("name")
  counted = 0
}

# JUnit puts the reason into the message, or, of an assumption, into the text; CTest's is what the
# program printed first.
/^[ \t]*<skipped/ {
  skipped[device]++
  reason = attribute("message")
  if (reason == "" && match($0, /Exception: (Assumption failed: )?/)) reason = substr($0, RSTART + RLENGTH)
  if (device == "native") silent = 1
  else skip(reason)
}

silent && /<system-out>/ {
  sub(/^[ \t]*<system-out>/, "")
  sub(/<\/system-out>.*/, "")
  skip(plain($0))
}

/^[ \t]*<(failure|error)[ >\/]/ && !counted {
  counted = 1
  failed[device]++
  reason = attribute("message")
  failures[++failure_count] = device ": " name (reason == "" ? "" : ": " substr(reason, 1, 200))
}

END {
  printf "" > counts
  printf "\n%-10s %9s %9s %9s\n", "device", "executed", "failed", "skipped"
  for (i = 1; i <= device_count; i++) {
    d = devices[i]
    executed = cases[d] - skipped[d]
    printf "%-10s %9d %9d %9d\n", d, executed, failed[d], skipped[d]
    print d, executed, failed[d] + 0, skipped[d] + 0 > counts
    passed += executed - failed[d]
    all_failed += failed[d]
    all_skipped += skipped[d]
  }
  if (all_skipped) print "skipped:"
  for (reason in skips) print "  " skips[reason] " x " reason
  if (failure_count) print "failed:"
  for (i = 1; i <= failure_count; i++) print "  " failures[i]
  if (broken != "") {
    print "did not come to an end (counted as one failure): " broken
    all_failed++
  }
  if (passed + all_failed == 0) print "no test was run"
  printf "\n%d passed, %d failed, %d skipped\n", passed, all_failed, all_skipped
  exit all_failed > 0 || passed == 0
}
