// Parameters of the tools, in the order of the real signatures. Tools that take the same share a
// list.
#pragma once

#include "mock_servers/param.h"

namespace gatecrash::mock_servers::binassist {

using namespace param;

constexpr Param kGetBinaryInfoParams[] = {need("filename")};
constexpr Param kRenameSymbolParams[] = {need("filename"), need("address_or_name"),
                                         need("new_name")};
constexpr Param kSearchFunctionsByNameParams[] = {need("filename"), need("search_term")};
constexpr Param kGetStringsParams[] = {need("filename"), whole("page_size", "100"),
                                       whole("page_number", "1")};
constexpr Param kCreateDataVarParams[] = {need("filename"), need("address"), need("var_type"),
                                          maybe("name")};
constexpr Param kGetDataAtParams[] = {need("filename"), need("address"),
                                      maybe("size", Type::Integer)};
constexpr Param kAnalyzeFunctionParams[] = {need("filename"), need("function_name_or_address")};
constexpr Param kGetFunctionsAdvancedParams[] = {
    need("filename"),
    text("name_filter"),
    whole("min_size", "0"),
    whole("max_size", "0"),
    flag("has_parameters", false),
    text("sort_by", "\"address\"", "address|name|size|complexity"),
    whole("limit", "0")};
constexpr Param kSearchFunctionsAdvancedParams[] = {
    need("filename"), need("search_term"),
    text("search_in", "\"name\"", "name|comment|calls|variables"), flag("case_sensitive", false)};
constexpr Param kGetCodeParams[] = {
    need("filename"), need("function_name_or_address"),
    text("format", "\"decompile\"", "decompile|hlil|mlil|llil|disasm|pseudo_c")};
constexpr Param kCommentsParams[] = {
    need("filename"), need_one_of("action", "get|set|list|remove|set_function"), text("address"),
    text("text"), text("function_name_or_address")};
constexpr Param kVariablesParams[] = {need("filename"),
                                      need_one_of("action", "list|create|rename|set_type"),
                                      text("function_name_or_address"),
                                      text("var_name"),
                                      text("var_type"),
                                      text("new_name"),
                                      text("storage", "\"auto\""),
                                      text("scope", "\"auto\"", "auto|local|global"),
                                      text("address_or_name")};
constexpr Param kTypesParams[] = {
    need("filename"),
    need_one_of("action", "list|info|create|create_class|create_enum|create_typedef|add_member"),
    text("name"),
    text("definition"),
    whole("size", "0"),
    null_map("members"),
    text("base_type"),
    text("class_name"),
    text("member_name"),
    text("member_type"),
    whole("offset", "0")};
constexpr Param kXrefsParams[] = {need("filename"), need("address_or_name"),
                                  text("direction", "\"both\"", "to|from|both"),
                                  flag("include_calls", true)};
constexpr Param kGetFunctionLowLevelIlParams[] = {need("filename"), need("address_or_name")};
constexpr Param kSearchStringsParams[] = {need("filename"), need("pattern"),
                                          flag("case_sensitive", false), whole("page_size", "100"),
                                          whole("page_number", "1")};
constexpr Param kSearchBytesParams[] = {need("filename"), need("pattern"), text("start_address"),
                                        whole("max_results", "100")};
constexpr Param kBatchRenameParams[] = {need("filename"), need("renames", Type::List)};
constexpr Param kBookmarksParams[] = {need("filename"), need_one_of("action", "list|set|remove"),
                                      maybe("address"), maybe("comment")};
constexpr Param kStartTaskParams[] = {need("name"), need("tool_name")};
constexpr Param kGetTaskStatusParams[] = {need("task_id")};
constexpr Param kListTasksParams[] = {
    text("status", "\"\"", "pending|running|completed|failed|cancelled")};
constexpr Param kGetParentFunctionParams[] = {need("filename"), need("address")};
constexpr Param kOpenBinaryParams[] = {need("file_path"), maybe("bndb_path"),
                                       flag("wait_for_analysis", false)};

}  // namespace gatecrash::mock_servers::binassist
