/**
 * Milliseconds of the processor that a call takes: what other programs do on the machine meanwhile is not counted, so
 * that a limit says something of the code. Only where the process does nothing else, as in a worker of its own.
 */
export function processorMs(call: () => void): number {
  const from = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
