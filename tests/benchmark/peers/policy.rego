package bench

default allow := false

allow if {
	rule := data.tools[input.tool]
	input.args.env == rule.env
	input.args.count <= rule.most
}
