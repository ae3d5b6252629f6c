// Parameters of the tools, in the order of the real signatures. Tools that take the same share a
// list.
#pragma once

#include "mock_servers/param.h"

namespace gatecrash::mock_servers::allcanuse {

using namespace param;

constexpr Param kListAllToolsParams[] = {flag("include_descriptions", false)};
constexpr Param kGetEnvParams[] = {maybe_texts("names")};
constexpr Param kGetTimeParams[] = {maybe("timezone")};
constexpr Param kGetDiskUsageParams[] = {text("path", "\".\"")};
constexpr Param kGetNetworkConfigParams[] = {whole("max_output_chars", "12000"),
                                             whole("timeout_ms", "30000")};
constexpr Param kRunShellParams[] = {need("command"), maybe("cwd"), whole("timeout_ms", "30000"),
                                     text("encoding", "\"utf-8\""),
                                     whole("max_output_chars", "20000")};
constexpr Param kRunPowershellParams[] = {
    need("script"), maybe("cwd"), whole("timeout_ms", "30000"), text("encoding", "\"utf-8\""),
    whole("max_output_chars", "20000")};
constexpr Param kStartProcessParams[] = {need("command"), maybe("cwd"), flag("detach", true)};
constexpr Param kStartManagedProcessParams[] = {
    need("command"), need("purpose"),      maybe("cwd"),
    maybe("owner"),  maybe_texts("tags"),  flag("protect_from_accidental_kill", true),
    maybe("notes"),  maybe("stdout_path"), maybe("stderr_path")};
constexpr Param kListManagedProcessesParams[] = {flag("include_exited", true)};
constexpr Param kGetManagedProcessParams[] = {need("process_id"), whole("tail_chars", "4000")};
constexpr Param kNoteManagedProcessParams[] = {need("process_id"), need("note")};
constexpr Param kStopManagedProcessParams[] = {need("process_id"), maybe("reason"),
                                               flag("force", true)};
constexpr Param kKillProcessParams[] = {maybe("pid", Type::Integer), maybe("name"),
                                        flag("force", true)};
constexpr Param kListProcessesParams[] = {maybe("name_filter"), whole("limit", "200")};
constexpr Param kGetProcessTreeParams[] = {maybe("pid", Type::Integer), whole("max_depth", "5")};
constexpr Param kFindPortProcessParams[] = {need("port", Type::Integer)};
constexpr Param kListTreeParams[] = {text("root", "\".\""),       whole("max_depth", "3"),
                                     whole("max_entries", "400"), flag("include_files", true),
                                     flag("include_dirs", true),  flag("show_hidden", false)};
constexpr Param kReadFileParams[] = {need("path"), maybe("start_line", Type::Integer),
                                     maybe("end_line", Type::Integer),
                                     text("encoding", "\"utf-8\"")};
constexpr Param kWriteFileParams[] = {need("path"), need("content"), text("encoding", "\"utf-8\""),
                                      text("mode", "\"overwrite\"", "overwrite|append"),
                                      flag("create_dirs", true)};
constexpr Param kPatchLinesParams[] = {need("path"), need("start_line", Type::Integer),
                                       need("end_line", Type::Integer), need("new_text"),
                                       text("encoding", "\"utf-8\"")};
constexpr Param kReplaceTextParams[] = {need("path"), need("old_text"), need("new_text"),
                                        whole("count", "0"), text("encoding", "\"utf-8\"")};
constexpr Param kMkdirParams[] = {need("path"), flag("parents", true), flag("exist_ok", true)};
constexpr Param kMovePathParams[] = {need("source"), need("destination"), flag("overwrite", false)};
constexpr Param kDeletePathParams[] = {need("path"), flag("recursive", false),
                                       flag("missing_ok", false)};
constexpr Param kZipPathsParams[] = {need_texts("paths"), need("destination"),
                                     text("archive_type", "\"zip\"")};
constexpr Param kExtractArchiveParams[] = {need("archive_path"), need("destination_dir"),
                                           flag("overwrite", false)};
constexpr Param kFindFilesParams[] = {text("root", "\".\""), text("pattern", "\"*\""),
                                      whole("max_depth", "5"), whole("max_results", "200"),
                                      flag("include_hidden", false)};
constexpr Param kSearchTextParams[] = {need("root"),
                                       need("query"),
                                       flag("use_regex", false),
                                       flag("case_sensitive", false),
                                       text("file_pattern", "\"*\""),
                                       whole("max_results", "200"),
                                       whole("max_file_size_bytes", "1000000"),
                                       flag("include_hidden", false)};
constexpr Param kStatPathParams[] = {need("path")};
constexpr Param kHashFileParams[] = {need("path"), text("algorithm", "\"sha256\"")};
constexpr Param kReadBinaryFileParams[] = {need("path"), whole("offset", "0"),
                                           whole("length", "4096"), flag("as_base64", true)};
constexpr Param kWriteBinaryFileParams[] = {
    need("path"), need("content"), text("input_encoding", "\"base64\""),
    text("mode", "\"overwrite\""), flag("create_dirs", true)};
constexpr Param kListRecentFilesParams[] = {text("root", "\".\""), whole("limit", "50")};
constexpr Param kWriteJsonFileParams[] = {need("path"), need("data", Type::Any),
                                          whole("indent", "2"), flag("ensure_ascii", false)};
constexpr Param kWhichCommandParams[] = {need("name")};
constexpr Param kScanSuspiciousFilesParams[] = {
    maybe_texts("roots"),        whole("max_depth", "6"),
    whole("max_results", "200"), flag("include_hidden", true),
    flag("scan_contents", true), whole("max_file_size_bytes", "1000000")};
constexpr Param kDeployAndUpdateServiceParams[] = {
    need("source_path"),           need("remote_host"),
    need("remote_path"),           maybe("remote_user"),
    whole("ssh_port", "22"),       maybe("identity_file"),
    maybe("build_command"),        maybe("restart_command"),
    maybe("health_check_command"), maybe_texts("exclude_patterns"),
    maybe("release_name"),         whole("timeout_ms", "300000")};
constexpr Param kExtractSqliteContentParams[] = {
    need("database_path"), need("query"), whole("limit", "1000"), maybe("params", Type::List)};
constexpr Param kExtractPostgresqlContentParams[] = {
    need("dsn"), need("query"), whole("limit", "1000"), maybe("params", Type::List)};
constexpr Param kExtractMysqlContentParams[] = {need("dsn", Type::StringOrObject), need("query"),
                                                whole("limit", "1000"),
                                                maybe("params", Type::List)};
constexpr Param kCompileCProgramParams[] = {
    need_texts("source_files"),       maybe("output_path"),
    maybe_texts("include_dirs"),      maybe_texts("library_dirs"),
    maybe_texts("libraries"),         text("c_standard", "\"c11\""),
    maybe_texts("extra_args"),        maybe("cwd"),
    maybe("preferred_compiler"),      whole("timeout_ms", "120000"),
    flag("run_after_compile", false), maybe_texts("run_args")};
constexpr Param kCheckCSyntaxParams[] = {need_texts("source_files"),
                                         maybe_texts("include_dirs"),
                                         text("c_standard", "\"c11\""),
                                         maybe_texts("extra_args"),
                                         maybe("cwd"),
                                         maybe("preferred_compiler"),
                                         whole("timeout_ms", "120000")};
constexpr Param kPreprocessCSourceParams[] = {
    need("source_file"),         maybe_texts("include_dirs"),   maybe_map("defines", {}),
    maybe_texts("undefines"),    text("c_standard", "\"c11\""), maybe("cwd"),
    maybe("preferred_compiler"), whole("timeout_ms", "120000"), whole("max_output_chars", "80000")};
constexpr Param kInspectCSourceParams[] = {need_texts("paths"), flag("recursive", true),
                                           whole("max_files", "200")};
constexpr Param kScanCMemoryRisksParams[] = {need_texts("paths"), flag("recursive", true),
                                             whole("max_files", "200"),
                                             whole("max_results", "500")};
constexpr Param kEvaluateCMathExpressionParams[] = {
    need("expression"), maybe_map("variables", kReal), text("c_standard", "\"c11\""),
    maybe("preferred_compiler"), whole("timeout_ms", "120000")};
constexpr Param kGenerateCNumericTestHarnessParams[] = {
    need("path"),          need("function_name"),      need("cases", Type::List, kThing),
    maybe("include_path"), real("tolerance", "1e-09"), flag("overwrite", false)};
constexpr Param kGenerateCMathUtilsHeaderParams[] = {need("path"), text("prefix", "\"acu\""),
                                                     flag("overwrite", false)};
constexpr Param kGenerateCVectorMathHeaderParams[] = {need("path"), text("prefix", "\"acu\""),
                                                      maybe("dimensions", Type::List, kWhole),
                                                      flag("overwrite", false)};
constexpr Param kGenerateCLookupTableHeaderParams[] = {need("path"),
                                                       need("table_name"),
                                                       need("function"),
                                                       need("start", Type::Number),
                                                       need("end", Type::Number),
                                                       need("samples", Type::Integer),
                                                       text("value_type", "\"double\""),
                                                       flag("overwrite", false)};
constexpr Param kGenerateCPolynomialEvalHeaderParams[] = {
    need("path"),
    need("function_name"),
    need("coefficients", Type::List, kReal),
    text("coefficient_order", "\"ascending\"", "ascending|descending"),
    text("variable_name", "\"x\""),
    flag("overwrite", false)};
constexpr Param kGenerateCFixedPointHeaderParams[] = {need("path"), text("prefix", "\"acu\""),
                                                      whole("fraction_bits", "16"),
                                                      flag("overwrite", false)};
constexpr Param kGenerateCBuildFilesParams[] = {need("root"),
                                                text("project_name", "\"c_app\""),
                                                maybe("executable_name"),
                                                maybe_texts("source_files"),
                                                text("c_standard", "\"11\""),
                                                flag("overwrite", false),
                                                flag("include_cmake", true),
                                                flag("include_makefile", true)};
constexpr Param kFormatCCodeParams[] = {need_texts("paths"), flag("in_place", false),
                                        text("style", "\"file\""), flag("recursive", false),
                                        whole("max_files", "100")};
constexpr Param kListInstalledMicrosoftSoftwareParams[] = {whole("max_results", "200")};
constexpr Param kInspectExcelWorkbookParams[] = {need("path"), whole("max_sheets", "10"),
                                                 whole("max_rows", "20"), whole("max_cells", "20")};
constexpr Param kInspectWordDocumentParams[] = {need("path"), whole("max_paragraphs", "20"),
                                                whole("max_tables", "5")};
constexpr Param kInspectPowerpointPresentationParams[] = {need("path"), whole("max_slides", "20")};
constexpr Param kAuditSeoParams[] = {
    need("target"), whole("max_pages", "50"), flag("include_hidden", false),
    whole("max_file_size_bytes", "2000000"), whole("timeout_ms", "15000")};
constexpr Param kOptimizeImagesForMemoryParams[] = {need_texts("paths"),
                                                    maybe("output_dir"),
                                                    whole("quality", "85"),
                                                    maybe("max_width", Type::Integer),
                                                    maybe("max_height", Type::Integer),
                                                    maybe("convert_to"),
                                                    flag("overwrite", false),
                                                    flag("recursive", false),
                                                    text("suffix", "\".optimized\"")};
constexpr Param kListCamerasParams[] = {whole("max_devices", "8")};
constexpr Param kCaptureCameraPhotoParams[] = {
    whole("camera_index", "0"), maybe("output_path"), whole("warmup_ms", "10000"),
    flag("return_image_content", false), flag("include_image_preview_text", true)};
constexpr Param kWaitParams[] = {need("duration_ms", Type::Integer), maybe("reason")};
constexpr Param kWaitUntilParams[] = {need("timestamp"), maybe("reason")};
constexpr Param kWaitForFileParams[] = {need("path"),
                                        text("state", "\"exists\"", "exists|missing"),
                                        whole("timeout_ms", "60000"),
                                        whole("poll_interval_ms", "1000"),
                                        maybe("min_size_bytes", Type::Integer),
                                        maybe("text_contains"),
                                        text("encoding", "\"utf-8\"")};
constexpr Param kWaitForProcessParams[] = {
    maybe("pid", Type::Integer), maybe("name"), text("state", "\"running\"", "running|exited"),
    whole("timeout_ms", "60000"), whole("poll_interval_ms", "1000")};
constexpr Param kWaitForPortParams[] = {need("host"),
                                        need("port", Type::Integer),
                                        text("state", "\"open\"", "open|closed"),
                                        whole("timeout_ms", "60000"),
                                        whole("poll_interval_ms", "1000"),
                                        whole("connect_timeout_ms", "1500")};
constexpr Param kWaitForHttpParams[] = {need("url"),
                                        maybe("expected_statuses", Type::List, kWhole),
                                        text("method", "\"GET\""),
                                        maybe_map("headers"),
                                        maybe("body"),
                                        whole("timeout_ms", "60000"),
                                        whole("poll_interval_ms", "2000"),
                                        whole("request_timeout_ms", "5000"),
                                        maybe("text_contains")};
constexpr Param kWaitForWindowParams[] = {
    maybe("title_filter"),
    maybe("hwnd", Type::StringOrInteger),
    maybe("process_name"),
    text("state", "\"appeared\"", "appeared|missing|foreground"),
    flag("include_invisible", false),
    whole("limit", "500"),
    whole("timeout_ms", "60000"),
    whole("poll_interval_ms", "1000")};
constexpr Param kWaitForDesktopChangeParams[] = {
    flag("include_invisible", false), whole("limit", "50"), maybe_map("baseline_snapshot", {}),
    whole("timeout_ms", "60000"), whole("poll_interval_ms", "1000")};
constexpr Param kCreateBackgroundTaskParams[] = {
    need("title"),
    need("goal"),
    need_one_of("task_type",
                "sleep|wait_file|wait_process|wait_port|wait_http|wait_window|wait_desktop_change"),
    need("condition", Type::Object),
    whole("poll_interval_ms", "5000"),
    maybe("timeout_ms", Type::Integer),
    whole("priority", "50"),
    maybe("owner"),
    maybe_texts("tags"),
    maybe("notes")};
constexpr Param kListBackgroundTasksParams[] = {maybe_texts("statuses"), whole("limit", "100")};
constexpr Param kGetBackgroundTaskParams[] = {need("task_id")};
constexpr Param kCancelBackgroundTaskParams[] = {need("task_id"), maybe("reason")};
constexpr Param kWaitForBackgroundTaskParams[] = {need("task_id"), maybe_texts("target_statuses"),
                                                  whole("timeout_ms", "60000"),
                                                  whole("poll_interval_ms", "1000")};
constexpr Param kCreateTaskPlanParams[] = {need("task_id"), need_texts("steps")};
constexpr Param kUpdateTaskStepParams[] = {
    need("task_id"), need("step_index", Type::Integer),
    need_one_of("status", "pending|in_progress|completed|failed|skipped"), maybe("note")};
constexpr Param kAppendTaskEventParams[] = {need("task_id"), need("message"),
                                            text("event_type", "\"info\""), maybe_map("data", {})};
constexpr Param kRecordTaskArtifactParams[] = {need("task_id"), need("path"), maybe("description")};
constexpr Param kSummarizeBackgroundTaskParams[] = {need("task_id"),
                                                    whole("include_recent_events", "10")};
constexpr Param kMarkTaskWaitingForUserParams[] = {need("task_id"), need("question")};
constexpr Param kMarkTaskWaitingForConditionParams[] = {need("task_id"), need("note")};
constexpr Param kListWindowsParams[] = {flag("include_invisible", false), maybe("title_filter"),
                                        whole("limit", "200")};
constexpr Param kGetDesktopContextParams[] = {whole("limit", "50"),
                                              flag("include_invisible", false)};
constexpr Param kCaptureScreenshotParams[] = {maybe("output_path"), flag("all_screens", true),
                                              flag("return_image_content", false),
                                              flag("include_image_preview_text", true)};
constexpr Param kDownloadFileParams[] = {need("url"), need("destination"), maybe_map("headers"),
                                         whole("timeout_ms", "60000"), flag("overwrite", false)};
constexpr Param kHttpRequestParams[] = {
    need("url"),     text("method", "\"GET\""),    maybe_map("headers"),
    maybe("body"),   whole("timeout_ms", "15000"), whole("max_body_chars", "12000"),
    maybe("save_to")};
constexpr Param kHttpHeadParams[] = {need("url"), maybe_map("headers"),
                                     whole("timeout_ms", "15000")};
constexpr Param kFetchResponseHeadersParams[] = {need("url"), text("method", "\"GET\""),
                                                 maybe_map("headers"), maybe("body"),
                                                 whole("timeout_ms", "15000")};
constexpr Param kSubmitWebFormParams[] = {need("url"),
                                          need("form_fields", Type::Object, kText),
                                          text("method", "\"POST\""),
                                          text("encoding", "\"application/x-www-form-urlencoded\""),
                                          maybe_map("headers"),
                                          whole("timeout_ms", "15000"),
                                          whole("max_body_chars", "12000"),
                                          maybe("save_to")};
constexpr Param kUploadFileParams[] = {need("url"),
                                       need("file_path"),
                                       text("method", "\"POST\""),
                                       text("upload_mode", "\"multipart\""),
                                       text("field_name", "\"file\""),
                                       maybe("remote_filename"),
                                       maybe("content_type"),
                                       maybe_map("form_fields"),
                                       maybe_map("headers"),
                                       whole("timeout_ms", "60000"),
                                       whole("max_body_chars", "12000"),
                                       maybe("save_to")};
constexpr Param kFetchWebpageTextParams[] = {
    need("url"), maybe_map("headers"), whole("timeout_ms", "20000"),
    whole("max_text_chars", "20000"), flag("include_title", true)};
constexpr Param kWebpageToMarkdownParams[] = {need("url"), maybe_map("headers"),
                                              whole("timeout_ms", "20000"),
                                              whole("max_markdown_chars", "30000")};
constexpr Param kExtractLinksFromWebpageParams[] = {need("url"),
                                                    maybe_map("headers"),
                                                    whole("timeout_ms", "20000"),
                                                    maybe("text_filter"),
                                                    maybe("href_filter"),
                                                    whole("max_links", "200"),
                                                    whole("link_text_max_chars", "300")};
constexpr Param kExtractTablesFromWebpageParams[] = {
    need("url"), maybe_map("headers"), whole("timeout_ms", "20000"), whole("max_tables", "20"),
    whole("max_rows_per_table", "200")};
constexpr Param kExtractWebpageElementsParams[] = {need("url"),
                                                   need("tag"),
                                                   maybe_map("attr_filters"),
                                                   maybe_map("headers"),
                                                   whole("timeout_ms", "20000"),
                                                   whole("max_elements", "100"),
                                                   whole("text_max_chars", "1000")};
constexpr Param kTraceHttpRedirectsParams[] = {
    need("url"), maybe_map("headers"), whole("timeout_ms", "15000"), whole("max_hops", "10")};
constexpr Param kWebsocketConnectParams[] = {need("url"),
                                             maybe_texts("messages"),
                                             maybe_map("headers"),
                                             maybe_texts("subprotocols"),
                                             maybe("origin"),
                                             whole("timeout_ms", "5000"),
                                             whole("receive_limit", "5"),
                                             whole("receive_max_bytes", "65536")};
constexpr Param kTraceRouteParams[] = {need("host"), whole("max_hops", "30"),
                                       whole("timeout_ms", "5000")};
constexpr Param kResolveDnsRecordsParams[] = {need("hostname"), maybe_texts("record_types"),
                                              maybe("dns_server"), whole("timeout_ms", "3000")};
constexpr Param kReverseDnsLookupParams[] = {need("ip_address")};
constexpr Param kDnsLookupParams[] = {need("hostname")};
constexpr Param kGetTlsCertificateParams[] = {need("host"), whole("port", "443"),
                                              maybe("server_hostname"), whole("timeout_ms", "5000"),
                                              flag("verify", false)};
constexpr Param kPingHostParams[] = {need("hostname"), whole("count", "4"),
                                     whole("timeout_ms", "4000")};
constexpr Param kTcpConnectParams[] = {need("host"), need("port", Type::Integer),
                                       whole("timeout_ms", "3000")};
constexpr Param kRawTcpExchangeParams[] = {need("host"),
                                           need("port", Type::Integer),
                                           need("data"),
                                           whole("timeout_ms", "5000"),
                                           whole("recv_max_bytes", "4096"),
                                           text("input_encoding", "\"utf-8\""),
                                           text("output_encoding", "\"utf-8\"")};
constexpr Param kUdpSendReceiveParams[] = {need("host"),
                                           need("port", Type::Integer),
                                           need("data"),
                                           whole("timeout_ms", "3000"),
                                           whole("recv_max_bytes", "4096"),
                                           text("input_encoding", "\"utf-8\""),
                                           text("output_encoding", "\"utf-8\"")};
constexpr Param kScanPortsParams[] = {need("host"),
                                      maybe("ports", Type::List, kWhole),
                                      maybe("start_port", Type::Integer),
                                      maybe("end_port", Type::Integer),
                                      whole("timeout_ms", "500"),
                                      flag("open_only", true),
                                      whole("max_results", "200")};
constexpr Param kListEstablishedConnectionsParams[] = {whole("limit", "200")};

}  // namespace gatecrash::mock_servers::allcanuse
