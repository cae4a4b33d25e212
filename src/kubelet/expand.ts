/** `$(NAME)` expansion: `$$` escapes, unknown references stay as they are unless `lookup` says otherwise. */
export function expand(input: string, lookup: (name: string) => string | undefined): string {
  let text = '';
  for (let index = 0; index < input.length; index++) {
    if (input[index] !== '$' || index + 1 >= input.length) {
      text += input[index];
      continue;
    }
    if (input[index + 1] === '$') {
      text += '$';
      index++;
    } else if (input[index + 1] === '(') {
      const end = input.indexOf(')', index + 2);
      if (end < 0) {
        text += '$(';
        index++;
        continue;
      }
      const name = input.slice(index + 2, end);
      text += lookup(name) ?? `$(${name})`;
      index = end;
    } else {
      text += `$${input[index + 1]}`;
      index++;
    }
  }
  return text;
}
