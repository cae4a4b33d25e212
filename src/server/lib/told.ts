/** What a family of metrics says, for tests: numbers by their labels, as the text format has them. */
export const told = (text: string, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const end = line.lastIndexOf(' ');
      const labels = line.slice(name.length, end);
      return line.startsWith(name) && (labels === '' || labels.startsWith('{')) ? [[labels, Number(line.slice(end + 1))]] : [];
    }),
  );
