import { putEvent } from '../../lib/runtime/put-event';

const bus = (answer: object) => {
  const sent: unknown[] = [];
  const client = {
    send: async (command: { readonly input: unknown }) => {
      sent.push(command.input);
      return answer;
    },
  };
  return { sent, client: client as never };
};

test('an event goes to the default bus as JSON', async () => {
  const { sent, client } = bus({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  await putEvent('here', 'Happened', { a: 1 }, client);
  expect(sent).toEqual([{ Entries: [{ Source: 'here', DetailType: 'Happened', Detail: '{"a":1}' }] }]);
});

test.each([
  [{ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] }, 'ThrottlingException'],
  [{}, 'NoAnswer'],
])('an event that the bus did not take is a failure, though the request was none: %j', async (answer, name) => {
  await expect(putEvent('here', 'Happened', {}, bus(answer).client)).rejects.toMatchObject({
    name,
    message: expect.stringContaining('the event "Happened" was refused'),
  });
});
