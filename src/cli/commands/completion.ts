/* `silt completion`: scripts by which shells complete commands and options, made from the commands. */
import { Argument, type Command, type Option } from 'commander';
import { silt } from '../frame/command.js';
import { Output, type OutputOptions } from '../frame/output.js';

type Shell = 'bash' | 'zsh' | 'fish';

const flagsOf = ({ options }: Command): string[] =>
  [...options.flatMap(({ short, long }) => [short, long]), '--help'].filter((flag) => flag !== undefined);

/** Within single quotes of all three shells: without what any of them would take apart. */
const quoted = (text: string): string => text.replaceAll(/['\\`$]/g, '').replaceAll('\n', ' ');

function bash(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name()).join(' ');
  const cases = commands.map((command) => `    ${command.name()}) flags='${flagsOf(command).join(' ')}' ;;`);
  return `_silt() {
  local current="\${COMP_WORDS[COMP_CWORD]}" flags='--help --version'
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W '${names}' -- "$current"))
  else
    COMPREPLY=()
  fi
}
complete -o default -F _silt silt`;
}

/** A word of zsh's _arguments: whether it takes a value, and what it is. */
function ofZsh(option: Option): string[] {
  const says = quoted(option.description).replaceAll(/[[\]:]/g, ' ');
  const value = option.required || option.optional ? `:${option.name()}:_files` : '';
  return [option.short, option.long].filter(Boolean).map((flag) => `'${flag}[${says}]${value}'`);
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map(
    (command) => `    '${command.name()}:${quoted(command.description()).replaceAll(':', ' ')}'`,
  );
  const cases = commands.map(
    (command) =>
      `    ${command.name()}) _arguments ${[...command.options.flatMap(ofZsh), "'*:file:_files'"].join(' ')} ;;`,
  );
  return `#compdef silt
_silt() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
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
  const value = option.required || option.optional ? ' -r' : '';
  return `complete -c silt -n '__fish_seen_subcommand_from ${name}'${short}${long}${value} -d '${quoted(option.description)}'`;
}

function fish(commands: readonly Command[]): string {
  return commands
    .flatMap((command) => [
      `complete -c silt -n __fish_use_subcommand -f -a ${command.name()} -d '${quoted(command.description())}'`,
      ...command.options.map((option) => ofFish(command.name(), option)),
    ])
    .join('\n');
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
