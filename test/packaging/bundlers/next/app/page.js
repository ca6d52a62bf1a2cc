export default function Page() {
  return <p>Silt</p>;
}
