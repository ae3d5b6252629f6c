// What the scripts share: the official client on a program of ours, and checks that count.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

// However slow the machine: CTest alone ends a hang. (The client's own limit is a minute.)
export const patient = { timeout: 2 ** 31 - 1 };

let passed = 0;
let failed = 0;

export function check(claim, holds, seen) {
  if (holds) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`FAILED: ${claim}\n  seen: ${JSON.stringify(seen)}`);
  }
}

// No check at all is a failure too.
export function finish(at_least) {
  console.log(`${passed} checks passed, ${failed} failed`);
  process.exit(failed === 0 && passed >= at_least ? 0 : 1);
}

// Connects, hands the client over, and closes; what the client itself complains of is a failed check.
export async function with_client(command, args, use) {
  const transport = new StdioClientTransport({ command, args, stderr: 'inherit' });
  const client = new Client({ name: 'gatecrash-sdk-test', version: '1' }, { capabilities: {} });
  const complaints = [];
  client.onerror = (error) => complaints.push(error.message);
  await client.connect(transport, patient);
  try {
    await use(client);
  } finally {
    await client.close();
  }
  check(`the client has nothing to complain of (${command})`, complaints.length === 0, complaints);
}

// A call's result, or the error it was refused with: {text, refused}.
export async function call(client, name, args = {}) {
  try {
    const result = await client.callTool({ name, arguments: args }, undefined, patient);
    return { text: result.content?.map((each) => each.text ?? '').join('\n') ?? '', refused: result.isError === true };
  } catch (error) {
    return { text: error.message, refused: true };
  }
}
