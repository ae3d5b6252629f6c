// The official client through policy-gateway in front of the official example server.
import fs from 'node:fs';
import path from 'node:path';
import { call, check, finish, patient, with_client } from './support.mjs';

const bin = process.argv[2];
const scratch = process.argv[3];
const server = path.resolve('node_modules/@modelcontextprotocol/server-everything/dist/index.js');

const policy = path.join(scratch, 'everything.json');
fs.writeFileSync(policy, JSON.stringify({
  version: '1',
  default: 'deny',
  hide: ['get-env'],
  tools: {
    echo: {},
    'get-sum': { limits: [{ counter: 'sums', window: 'hour', max: 2, scope: 'grant' }] },
  },
}));

let served = [];
await with_client(process.execPath, [server, 'stdio'], async (client) => {
  served = (await client.listTools({}, patient)).tools.map((tool) => tool.name);
});
for (const name of ['echo', 'get-sum', 'get-env', 'get-tiny-image']) {
  check(`the server itself has ${name}`, served.includes(name), served);
}

await with_client(path.join(bin, 'policy-gateway'), ['--policy', policy, '--', process.execPath, server, 'stdio'], async (client) => {
  check('the server behind the gateway is the one that answers', /everything/.test(client.getServerVersion()?.name), client.getServerVersion());
  const { tools } = await client.listTools({}, patient);
  const names = tools.map((tool) => tool.name);
  check('what may be called is listed', names.includes('echo') && names.includes('get-sum'), names);
  check('what is hidden is not listed', !names.includes('get-env'), names);

  const allowed = await call(client, 'echo', { message: 'hello' });
  check('an allowed call is answered by the server', !allowed.refused && allowed.text === 'Echo: hello', allowed);
  const hidden = await call(client, 'get-env');
  check('a hidden tool cannot be called', hidden.refused && !/PATH/.test(hidden.text), hidden);
  const denied = await call(client, 'get-tiny-image');
  check('what the policy does not name is denied', denied.refused, denied);

  const sums = [];
  for (let i = 0; i < 4; i += 1) sums.push(await call(client, 'get-sum', { a: i, b: 1 }));
  check('two calls are within the limit', sums.slice(0, 2).every((each, i) => !each.refused && each.text.includes(`is ${i + 1}`)), sums);
  check('the third and fourth are beyond it', sums.slice(2).every((each) => each.refused), sums);
  const after = await call(client, 'echo', { message: 'still here' });
  check('the session goes on', after.text === 'Echo: still here', after);
});

finish(10);
