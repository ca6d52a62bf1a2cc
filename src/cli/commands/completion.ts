/* `silt completion`: scripts by which shells complete commands, options, what these take, and the names of collections. */
import { Argument, type Command, type Option } from 'commander';
import { silt } from '../frame/command.js';
import { Output, type OutputOptions } from '../frame/output.js';

type Shell = 'bash' | 'zsh' | 'fish';

const flagsOf = ({ options }: Command): string[] =>
  [...options.flatMap(({ short, long }) => [short, long]), '--help'].filter((flag) => flag !== undefined);

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** Flags of options that take a value, and those of them that take one of some words. */
const withValue = ({ options }: Command): string[] =>
  options.filter(takesValue).flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
const withChoices = ({ options }: Command): Option[] => options.filter(({ argChoices }) => argChoices);

/** Where among the words behind the command a collection of the first stands, if it does; from 1. */
function collectionAt({ registeredArguments }: Command): number {
  return registeredArguments.findIndex((argument) => argument.name() === 'collection') + 1;
}

/** What the first word behind the command is one of. */
const wordsOf = ({ registeredArguments }: Command): string =>
  registeredArguments[0]?.argChoices?.join(' ') ?? '';

/** Within single quotes of all three shells: without what any of them would take apart. */
const quoted = (text: string): string =>
  text
    .replaceAll("'", '’')
    .replaceAll(/[\\`$]/g, '')
    .replaceAll('\n', ' ');

function bash(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name()).join(' ');
  const cases = commands.map((command) => {
    const choices = withChoices(command).map(({ long, argChoices }) => `${long}=${argChoices!.join(',')}`);
    return `    ${command.name()}) flags='${flagsOf(command).join(' ')}' values=' ${withValue(command).join(' ')} ' at=${collectionAt(command)} words='${wordsOf(command)}' choices='${choices.join(' ')}' ;;`;
  });
  return `_silt() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" IFS=$' \\t\\n'
  local flags='--help --version' values='' at=0 words='' choices='' choice name given=() i
  COMPREPLY=()
  if [[ $COMP_CWORD == 1 ]]; then
    [[ "$current" == -* ]] || flags='${names} help'
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ "$values" == *" \${COMP_WORDS[i]} "* ]]; then ((i++))
    elif [[ "\${COMP_WORDS[i]}" != -* ]]; then given+=("\${COMP_WORDS[i]}"); fi
  done
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ "$values" == *" $before "* ]]; then
    for choice in $choices; do
      [[ "\${choice%%=*}" != "$before" ]] || COMPREPLY=($(IFS=,; compgen -W "\${choice#*=}" -- "$current"))
    done
  elif [[ \${#given[@]} == 0 ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif ((at > 0 && \${#given[@]} == at - 1)); then
    while IFS= read -r name; do
      [[ "$name" != "$current"* ]] || COMPREPLY+=("$(printf %q "$name")")
    done < <(silt info "\${given[0]}" --names 2> /dev/null)
  fi
}
complete -o default -F _silt silt`;
}

/** A word of zsh's _arguments: whether it takes a value, and what it is. */
function ofZsh(option: Option): string[] {
  const says = quoted(option.description).replaceAll(/[[\]:]/g, ' ');
  const takes = option.argChoices ? `(${option.argChoices.join(' ')})` : '_files';
  const value = takesValue(option) ? `:${option.name()}:${takes}` : '';
  return [option.short, option.long].filter(Boolean).map((flag) => `'${flag}[${says}]${value}'`);
}

/** What stands behind a command, word by word. */
function argumentsOfZsh(command: Command): string[] {
  const words = wordsOf(command);
  if (words !== '') return [`'1:${command.registeredArguments[0]!.name()}:(${words})'`];
  const at = collectionAt(command);
  return [...(at > 0 ? [`'${at}:collection:_silt_collections'`] : []), `'*:file:_files'`];
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map(
    (command) => `    '${command.name()}:${quoted(command.description()).replaceAll(':', ' ')}'`,
  );
  const cases = commands.map(
    (command) =>
      `    ${command.name()}) _arguments ${[...command.options.flatMap(ofZsh), ...argumentsOfZsh(command)].join(' ')} ;;`,
  );
  return `#compdef silt
_silt_collections() {
  local -a names=(\${(f)"$(silt info $line[1] --names 2> /dev/null)"})
  compadd -a names
}
_silt() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2] context state line
  typeset -A opt_args
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
compdef _silt silt`;
}

function ofFish(name: string, option: Option): string {
  const short = option.short ? ` -s ${option.short.slice(1)}` : '';
  const long = option.long ? ` -l ${option.long.slice(2)}` : '';
  const choices = option.argChoices ? ` -f -a '${option.argChoices.join(' ')}'` : '';
  const value = takesValue(option) ? ` -r${choices}` : '';
  return `complete -c silt -n '__fish_seen_subcommand_from ${name}'${short}${long}${value} -d '${quoted(option.description)}'`;
}

function argumentsOfFish(command: Command): string[] {
  const name = command.name();
  const [words, at] = [wordsOf(command), collectionAt(command)];
  const line = (when: string, what: string): string =>
    `complete -c silt -n '__fish_seen_subcommand_from ${name}${when}' ${what}`;
  return [
    ...(words === '' ? [] : [line('', `-f -a '${words}'`)]),
    ...(at > 0 ? [line('; and __silt_collection_next', `-f -a '(__silt_collections)'`)] : []),
  ];
}

/** Of the words that are neither options nor what these take, the command and the folder are given: the third is a collection. */
const nextInFish = (values: readonly string[]): string => `function __silt_given
  set -l passed no
  for word in (commandline -opc)
    if test $passed = yes
      set passed no
    else if string match -q -- '-*' $word
      contains -- $word ${values.join(' ')}; and set passed yes
    else
      echo $word
    end
  end
end
function __silt_collection_next
  test (count (__silt_given)) -eq 3
end
function __silt_collections
  silt info (__silt_given)[3] --names 2> /dev/null
end`;

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c silt -n __fish_use_subcommand -f -a ${command.name()} -d '${quoted(command.description())}'`,
    ...command.options.map((option) => ofFish(command.name(), option)),
    ...argumentsOfFish(command),
  ]);
  return [nextInFish([...new Set(commands.flatMap(withValue))]), ...lines].join('\n');
}

const SHELLS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = { bash, zsh, fish };

function print(shell: Shell, o: OutputOptions, command: Command): void {
  const script = SHELLS[shell](command.parent!.commands);
  new Output(o).answer({ shell, script }, () => script);
}

export function completionCommand(): Command {
  return silt('completion', 'Prints a completion script for a shell.', [
    'silt completion bash >> ~/.bashrc',
    'silt completion zsh > "$fpath[1]/_silt"',
    'silt completion fish > ~/.config/fish/completions/silt.fish',
  ])
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .action(print);
}
