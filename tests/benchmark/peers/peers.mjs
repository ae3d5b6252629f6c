// peers.mjs OURS.json peers/ENGINE_TOOLS…: prints a row of the table (tests/benchmark/run) for each: one decision of
// ours, from the JSON of benchmark_decision, beside one in another engine, measured here.
//
// The policy is the benchmark's own: N tools, each callable if env is "dev" and count at most 100, nothing
// else callable; the question is always the middle tool with the same four arguments. Every engine has its
// policy parsed before the clock runs, and has to answer both an allowed and a denied call rightly.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const tool = (i) => `server_tool_${i}`;
const good = {env: 'dev', count: 7, id: '0123abcd-4567', note: 'something to skip'};
const bad = {...good, count: 101};
const smoke = process.env.GATECRASH_SMOKE !== undefined;

// Nanoseconds of one decision: the median of several runs of about a fifth of a second.
function measure(decide, name) {
  const run = (calls) => {
    const start = process.hrtime.bigint();
    let allowed = 0;
    for (let i = 0; i < calls; ++i) allowed += decide(name, good) ? 1 : 0;
    const time = Number(process.hrtime.bigint() - start);
    if (allowed !== calls) throw new Error('a call was denied');
    return time / calls;
  };
  if (!decide(name, good) || decide(name, bad) || decide('no_such_tool', good)) throw new Error('decides wrongly');
  if (smoke) return run(1);
  let calls = 1;
  while (run(calls) * calls < 5e7) calls *= 2;
  const times = Array.from({length: 3}, () => run(calls * 4)).sort((a, b) => a - b);
  return times[1];
}

function plainMap(tools) {
  const rules = new Map();
  for (let i = 0; i < tools; ++i) rules.set(tool(i), (args) => args.env === 'dev' && args.count <= 100);
  return (name, args) => rules.get(name)?.(args) ?? false;
}

function cedar(tools) {
  const engine = require('@cedar-policy/cedar-wasm/nodejs');
  let text = '';
  for (let i = 0; i < tools; ++i) {
    text += `permit(principal, action == Action::"${tool(i)}", resource) when { context.env == "dev" && context.count <= 100 };\n`;
  }
  const parsed = engine.preparsePolicySet(`p${tools}`, {staticPolicies: text});
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
  return (name, context) => {
    const answer = engine.statefulIsAuthorized({
      principal: {type: 'Grant', id: 'grant-1'},
      action: {type: 'Action', id: name},
      resource: {type: 'Server', id: 's'},
      context,
      preparsedPolicySetId: `p${tools}`,
      entities: [],
    });
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
    return answer.response.decision === 'allow';
  };
}

async function casbin(tools) {
  const {newEnforcer, newModelFromString} = require('casbin');
  const model = newModelFromString(`
[request_definition]
r = tool, args
[policy_definition]
p = tool, env, most
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.tool == p.tool && r.args.env == p.env && r.args.count <= 100
`);
  const enforcer = await newEnforcer(model);
  for (let i = 0; i < tools; ++i) await enforcer.addPolicy(tool(i), 'dev', '100');
  return (name, args) => enforcer.enforceSync(name, args);
}

// `ours`: the benchmark that does as much as the engine. `note`: what the peer's time includes.
const engines = {
  map: {make: plainMap, ours: 'decide', note: 'a Map and closures in node'},
  casbin: {make: casbin, ours: 'decide', note: 'casbin, which looks at its policies one after the other'},
  cedar: {make: cedar, ours: 'parse_and_decide', note: 'cedar-wasm, arguments turned into entities'},
};
const what = {decide: 'a call decided', parse_and_decide: 'a call parsed and decided'};

const [file, ...names] = process.argv.slice(2);
const ours = Object.fromEntries(
    JSON.parse(readFileSync(file)).benchmarks.map((benchmark) => [benchmark.name, benchmark.cpu_time]));
for (const name of names) {
  const [, engine, tools] = /^peers\/([a-z]+)_(\d+)$/.exec(name);
  const {make, ours: part, note} = engines[engine];
  const peer = measure(await make(Number(tools)), tool(tools / 2));
  const own = ours[`${part}/two_conditions_${tools}_tools`];
  const compared = `${what[part]}, two conditions, ${tools} tools / ${note}`;
  console.log(['row', name, compared, 's', own * 1e-9, peer * 1e-9, own / peer, '', ''].join('\t'));
}
