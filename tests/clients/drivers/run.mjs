// Plays the scenario with one client against one node; the transcript goes to standard output.
// Arguments: the client, and a file that says where the node is, who plays and what is deployed.
import { readFileSync, writeSync } from 'node:fs';

const [client, file] = process.argv.slice(2);
const setting = JSON.parse(readFileSync(file, 'utf8'));

const { open } = await import(`./${client}.mjs`);
const driver = await open(setting);
// A driver may have a story of its own.
const steps = driver.steps ?? JSON.parse(readFileSync(new URL('../scenario.json', import.meta.url), 'utf8')).steps;

// `$name` becomes an address.
function resolved(value) {
  if (typeof value === 'string' && value.startsWith('$')) {
    return setting.addresses[value.slice(1)] ?? driver.addressOf?.(value.slice(1)) ?? driver.made[value.slice(1)].target;
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item)]));
}

const patience = (work, seconds) => {
  let timer;
  const late = new Promise((_, refuse) => { timer = setTimeout(() => refuse(new Error(`nothing within ${seconds} s`)), seconds * 1_000); });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

const transcript = {};
for (const step of steps) {
  try {
    transcript[step.name] = await patience(driver[step.do](resolved(step)), 20);
  } catch (error) {
    console.error(step.name, error);
    transcript[step.name] = { unexpected: driver.told(error), message: String(error.message).slice(0, 300) };
  }
}
writeSync(1, `${JSON.stringify(transcript, null, 1)}\n`);
process.exit();
