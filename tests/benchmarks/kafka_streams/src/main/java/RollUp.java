public final class RollUp { public static void main(String[] a) { } }
