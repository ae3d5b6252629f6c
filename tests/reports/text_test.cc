#include "reports/text.h"

#include "tests/support/catch.h"

namespace gatecrash::reports {
namespace {

TEST_CASE("text that could move a cursor or hide itself is written out") {
  CHECK(printable("plain, ünïcode … 漢字") == "plain, ünïcode … 漢字");
  CHECK(printable("\x1b[2J\r\n\t") == "\\x1b[2J\\x0d\\x0a\\x09");
  CHECK(printable("a\nb", true) == "a\nb");
  CHECK(printable(std::string("\0", 1)) == "\\x00");
  CHECK(printable("\u202eabc\u200b") == "\\u{202e}abc\\u{200b}");
  CHECK(printable("\u0085") == "\\u{85}");
  CHECK(printable("\xef\xbf\xbf") == "\\u{ffff}");
}

TEST_CASE("bytes that are no UTF-8 are written out") {
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xc3") == "\\xc3");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("XML text and attributes hold no markup and nothing that XML forbids") {
  CHECK(xml_text("a<b>&\"'\x01\n") == "a&lt;b&gt;&amp;&quot;&#39;\\x01\n");
  CHECK(xml_attribute("a\n\"b\"") == "a&#10;&quot;b&quot;");
  CHECK(xml_text("]]>") == "]]&gt;");
}

TEST_CASE("Markdown is escaped, and a fence is longer than what it holds") {
  CHECK(markdown("a|b_c*`<x>@me") == "a\\|b\\_c\\*\\`&lt;x>@<!-- -->me");
  CHECK(markdown_fence("x") == "```text\nx\n```\n");
  CHECK(markdown_fence("a ```` b") == "`````text\na ```` b\n`````\n");
}

}  // namespace
}  // namespace gatecrash::reports
