// What one decision costs in other engines, in this process: prints {name: {ns, includes}} as JSON.
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

// Median of several runs of about a fifth of a second.
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
  let calls = 1;
  while (run(calls) * calls < 5e7) calls *= 2;
  const times = Array.from({length: 7}, () => run(calls * 4)).sort((a, b) => a - b);
  return Math.round(times[3]);
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

// `opa build -t wasm` has to have made the module; the run script does that where opa is installed.
async function opa(tools, file) {
  const {loadPolicy} = require('@open-policy-agent/opa-wasm');
  const policy = await loadPolicy(readFileSync(file));
  policy.setData({tools: Object.fromEntries(Array.from({length: tools}, (_, i) => [tool(i), {env: 'dev', most: 100}]))});
  return (name, args) => policy.evaluate({tool: name, args})[0].result === true;
}

const out = {};
async function add(name, includes, make) {
  for (const tools of [10, 1000]) out[`${name}/${tools}`] = {ns: measure(await make(tools), tool(tools / 2)), includes};
}
await add('plain JavaScript map', 'a Map and a closure: the floor in node', plainMap);
await add('cedar-wasm', 'the call as a JavaScript object turned into Cedar entities, the way into wasm and back', cedar);
await add('casbin', 'enforceSync on JavaScript objects; it looks at its policies one after the other', casbin);
if (process.argv[2]) {
  await add('opa-wasm', 'the call as a JavaScript object written as JSON into wasm memory, the answer read back', (n) => opa(n, process.argv[2]));
}
console.log(JSON.stringify(out));
