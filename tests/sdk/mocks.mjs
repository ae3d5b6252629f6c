// The official client on each mock: it connects, lists, and gets the cancel outcome its server gives.
import fs from 'node:fs';
import path from 'node:path';
import { call, check, finish, patient, with_client } from './support.mjs';

const bin = process.argv[2];
const scratch = process.argv[3];

// Per mock: its cancel tool, and what its answer has to show for a task that exists.
const mocks = {
  binassist: ['cancel_task', /true/],
  taobao: ['cancel_task', /cancelled/],
  openaaas: ['cancel_task', /^(⏳|✅)/u],
  allcanuse: ['cancel_background_task', /cancelled/],
  codex_worker: ['cancel-task', /task-1/],
};

for (const [name, [tool, outcome]] of Object.entries(mocks)) {
  const ledger = path.join(scratch, `${name}.jsonl`);
  fs.rmSync(ledger, { force: true });
  await with_client(path.join(bin, 'mock-server'), [name, '--ledger', ledger], async (client) => {
    const names = (await client.listTools({}, patient)).tools.map((each) => each.name);
    check(`${name} lists ${tool}`, names.includes(tool), names);
    const answer = await call(client, tool, { task_id: 'task-1' });
    check(`${name} says that the task is cancelled`, !answer.refused && outcome.test(answer.text), answer);
    const unknown = await call(client, tool, { task_id: 'no-such-task' });
    check(`${name} answers otherwise for a task that is not there`, unknown.text !== answer.text, unknown);
  });
  const effects = fs.readFileSync(ledger, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
    .filter((each) => each.effect === 'task.cancelled').map((each) => each.text);
  check(`${name} really cancelled that one task`, effects.length === 1 && effects[0] === 'task-1', effects);
}

finish(20);
